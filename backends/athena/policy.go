package athena

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// policyFor is the account for which a policy is written.
type policyFor struct{ backends.PolicyOptions }

var workgroupName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,128}$`)

// statement is one statement of an IAM policy.
type statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

func allow(sid string, actions, resources []string) statement {
	return statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
}

// writePolicy writes the least policy under which Athena answers queries
// (Service Authorization Reference, "Actions, resources, and condition keys for
// Amazon Athena", "... AWS Glue", "... Amazon S3").
func writePolicy(options backends.PolicyOptions) (string, error) {
	o := policyFor{options}
	tables, err := o.tableNames()
	switch {
	case err != nil:
		return "", err
	case !workgroupName.MatchString(o.Workgroup):
		return "", fmt.Errorf("--workgroup takes letters, digits, points, hyphens and underscores, not %q", o.Workgroup)
	}
	for _, name := range append([]string{o.Database}, tables...) {
		if !IsTableName(name) || strings.ContainsAny(name, "*?$/:") {
			return "", fmt.Errorf("%q cannot be named in a policy", name)
		}
	}
	list := append(o.queries(tables), o.events()...)
	list = append(list, o.results()...)
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", list})
	return text.String(), err
}

// tableNames are the tables that queries read: the named one, that of the chosen
// source and layout, or those of all sources' first layouts.
func (o policyFor) tableNames() ([]string, error) {
	if o.Table != "" {
		return []string{o.Table}, nil
	}
	var names []string
	for _, source := range schema.Names() {
		if o.Source != "" && o.Source != source {
			continue
		}
		layout, err := Choose(source, o.Layout)
		if err != nil {
			return nil, err
		}
		names = append(names, layout.Table)
	}
	return names, nil
}

// queries are the statements for Athena's workgroup and the catalog.
func (o policyFor) queries(tables []string) []statement {
	region, account := "<region>", "<account-id>"
	if len(o.Regions) > 0 {
		region = o.Regions[0]
	}
	if len(o.Accounts) > 0 {
		account = o.Accounts[0]
	}
	arn := func(service, rest string) string {
		return strings.Join([]string{"arn", partition(region), service, region, account, rest}, ":")
	}
	catalog := []string{arn("glue", "catalog"), arn("glue", "database/"+o.Database)}
	for _, t := range tables {
		catalog = append(catalog, arn("glue", "table/"+o.Database+"/"+t))
	}
	return []statement{
		allow("RunQueries", []string{"athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution"},
			[]string{arn("athena", "workgroup/"+o.Workgroup)}),
		allow("ReadCatalog", []string{"glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"}, catalog),
	}
}

// partition returns the part of AWS that a region belongs to.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// events are the statements for the files that tables read.
func (o policyFor) events() []statement {
	places := o.Locations
	if len(places) == 0 {
		places = []string{"s3://<events-bucket>/"}
	}
	var objects, buckets, prefixes []string
	for _, p := range places {
		bucket, prefix := o.bucket(p)
		objects = append(objects, bucket+"/"+prefix+"*")
		buckets = append(buckets, bucket)
		prefixes = append(prefixes, prefix+"*")
	}
	slices.Sort(buckets)
	buckets = slices.Compact(buckets)
	list := allow("ListEvents", []string{"s3:ListBucket"}, buckets)
	list.Condition = map[string]map[string][]string{"StringLike": {"s3:prefix": prefixes}}
	return []statement{
		allow("ReadEvents", []string{"s3:GetObject"}, objects),
		list,
		allow("FindEvents", []string{"s3:GetBucketLocation"}, buckets),
	}
}

// results are the statements for the place where Athena writes.
func (o policyFor) results() []statement {
	bucket, prefix := o.bucket(cmp.Or(o.Output, "s3://<results-bucket>/"))
	list := allow("ListResults", []string{"s3:ListBucket"}, []string{bucket})
	list.Condition = map[string]map[string][]string{"StringLike": {"s3:prefix": {prefix + "*"}}}
	return []statement{
		allow("WriteResults", []string{"s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
			[]string{bucket + "/" + prefix + "*"}),
		list,
		allow("FindResults", []string{"s3:GetBucketLocation", "s3:ListBucketMultipartUploads"}, []string{bucket}),
	}
}

// bucket returns the ARN of a place's bucket, and the prefix of its objects, which
// ends with a slash unless it is empty.
func (o policyFor) bucket(place string) (arn, prefix string) {
	region := ""
	if len(o.Regions) > 0 {
		region = o.Regions[0]
	}
	name, prefix, _ := strings.Cut(strings.TrimPrefix(place, "s3://"), "/")
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return "arn:" + partition(region) + ":s3:::" + name, prefix
}
