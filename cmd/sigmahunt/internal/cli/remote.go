package cli

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
)

// The environment variables of basic authentication. There is no flag: others
// see the command line of a process.
const (
	userVariable     = "SIGMAHUNT_OPENSEARCH_USER"
	passwordVariable = "SIGMAHUNT_OPENSEARCH_PASSWORD"
)

// remoteOptions are the flags of engines that run elsewhere. Credentials of AWS
// come from its SDK's own places alone.
type remoteOptions struct {
	backends.Remote
	reuse, timeout string
	caFile         string
}

func (o *remoteOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Region, "region", "", "AWS region (default: as the AWS SDK finds it)")
	f.StringVar(&o.Profile, "profile", "", "AWS profile (default: as the AWS SDK finds it)")
	f.StringVar(&o.Endpoint, "endpoint", "", "OpenSearch: its address, such as https://search.example.com:9200; Athena: a server in place of AWS's")

	f.StringVar(&o.Workgroup, "workgroup", "", "Athena workgroup (default: primary)")
	f.StringVar(&o.Catalog, "catalog", "", "Athena: data catalog (default: AwsDataCatalog)")
	f.StringVar(&o.Database, "database", "", "Athena: database of the tables")
	f.StringVar(&o.Output, "results", "", "Athena: S3 folder of query results (default: the workgroup's)")
	f.Float64Var(&o.Dollars, "price", 5, "Athena: dollars for a terabyte scanned")
	f.StringVar(&o.reuse, "reuse", "", "Athena: take an earlier result of the same query that is at most this old, such as 30m")

	f.StringVar(&o.SigV4, "sigv4", "", "OpenSearch: sign requests as AWS does, for es or aoss (serverless)\n(default: user and password from "+userVariable+" and "+passwordVariable+", if set)")
	f.StringVar(&o.caFile, "ca-file", "", "OpenSearch: trust the certificates in this PEM file too")
	f.BoolVar(&o.Insecure, "insecure", false, "OpenSearch: do not verify the server's certificate")
	f.StringVar(&o.timeout, "timeout", "2m", "OpenSearch: time of one request, up to 1h")
}

// remote reads the flags and, for user and password, the environment.
func (o *remoteOptions) remote() (backends.Remote, error) {
	r := o.Remote
	var err error
	if o.reuse != "" {
		if r.Reuse, err = span(o.reuse); err != nil {
			return r, err
		}
	}
	if r.Timeout, err = span(o.timeout); err != nil {
		return r, err
	}
	r.User, r.Password = os.Getenv(userVariable), os.Getenv(passwordVariable)
	switch {
	case math.IsNaN(r.Dollars) || math.IsInf(r.Dollars, 0) || r.Dollars < 0:
		return r, usage("--price takes dollars, which cannot be negative")
	case r.Reuse > 7*24*time.Hour:
		return r, usage("--reuse goes up to 7d")
	case r.Timeout > time.Hour:
		return r, usage("--timeout goes up to 1h")
	case r.SigV4 != "" && r.SigV4 != "es" && r.SigV4 != "aoss":
		return r, usage("--sigv4 takes es or aoss, not %q", r.SigV4)
	case r.Insecure && o.caFile != "":
		return r, usage("--ca-file does not go with --insecure, which trusts every certificate")
	}
	if o.caFile != "" {
		if r.CA, err = os.ReadFile(o.caFile); err != nil {
			return r, &exitError{exitUsage, fmt.Errorf("--ca-file: %w", err)}
		}
	}
	return r, nil
}
