package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// The environment variables of basic authentication. There is no flag: others
// see the command line of a process.
const (
	userVariable     = "SIGMAHUNT_OPENSEARCH_USER"
	passwordVariable = "SIGMAHUNT_OPENSEARCH_PASSWORD"
)

// serverOptions are the flags that tell how a server is spoken to. Credentials of
// AWS come from its SDK's own places alone.
type serverOptions struct {
	backends.Remote
	timeout, caFile string
	scripts         bool
}

func (o *serverOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Region, "region", "", "AWS region (default: as the AWS SDK finds it)")
	f.StringVar(&o.Profile, "profile", "", "AWS profile (default: as the AWS SDK finds it)")
	f.StringVar(&o.SigV4, "sigv4", "", "OpenSearch: sign requests as AWS does, for es or aoss (serverless)\n(default: user and password from "+userVariable+" and "+passwordVariable+", if set)")
	f.StringVar(&o.caFile, "ca-file", "", "OpenSearch: also trust the certificates in this PEM file")
	f.BoolVar(&o.Insecure, "insecure", false, "OpenSearch: do not verify the server's certificate")
	f.BoolVar(&o.scripts, "allow-scripts", false, "OpenSearch: compare two fields by a script, where its queries would return every event")
	f.StringVar(&o.timeout, "timeout", "2m", "OpenSearch: time limit of one request, up to 1h")
}

// server reads the flags and, for user and password, the environment.
func (o *serverOptions) server(a *app) (backends.Remote, error) {
	r := o.Remote
	var err error
	if r.Timeout, err = span(o.timeout); err != nil {
		return r, err
	}
	r.User, r.Password = os.Getenv(userVariable), os.Getenv(passwordVariable)
	switch {
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
	if r.Insecure {
		a.say("sigmahunt: --insecure: the server's certificate is not verified: anyone between can read and change the data")
	}
	return r, nil
}

// remoteOptions are the flags of engines that run elsewhere.
type remoteOptions struct {
	serverOptions
	reuse string
}

func (o *remoteOptions) flags(cmd *cobra.Command) {
	o.serverOptions.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.Endpoint, "endpoint", "", "OpenSearch: its address, such as https://search.example.com:9200; Athena: a server in place of AWS's")
	f.StringVar(&o.Workgroup, "workgroup", "", "Athena workgroup (default: primary)")
	f.StringVar(&o.Catalog, "catalog", "", "Athena: data catalog (default: AwsDataCatalog)")
	f.StringVar(&o.Database, "database", "", "Athena: database of the tables")
	f.StringVar(&o.Output, "results", "", "Athena: S3 folder of query results (default: the workgroup's)")
	f.Float64Var(&o.Dollars, "price", 5, "Athena: dollars for a terabyte scanned")
	f.StringVar(&o.reuse, "reuse", "", "Athena: use an earlier result of the same query that is at most this old, such as 30m")
}

// remote reads the flags.
func (o *remoteOptions) remote(a *app) (backends.Remote, error) {
	r, err := o.server(a)
	if err == nil && o.reuse != "" {
		r.Reuse, err = span(o.reuse)
	}
	switch {
	case err != nil:
		return r, err
	case math.IsNaN(r.Dollars) || math.IsInf(r.Dollars, 0) || r.Dollars < 0:
		return r, usage("--price takes dollars, which cannot be negative")
	case r.Reuse > 7*24*time.Hour:
		return r, usage("--reuse goes up to 7d")
	}
	return r, nil
}

// indexOptions are the flags of commands that write queries for a live engine's
// indexes and run none.
type indexOptions struct {
	serverOptions
	fromIndex string
}

func (o *indexOptions) flags(cmd *cobra.Command) {
	o.serverOptions.flags(cmd)
	cmd.Flags().StringVar(&o.fromIndex, "from-index", "", "OpenSearch: write for the indexes that this server has, such as https://search.example.com:9200,\nor for those in a file that tables --from-index wrote")
}

// look finds out how an engine holds the sources, where the flag asks for it.
func (o *indexOptions) look(ctx context.Context, a *app, engine backends.Engine, c *backends.Config) error {
	switch {
	case o.fromIndex == "":
		return nil
	case engine.Look == nil:
		return usage("--from-index is for opensearch, not for %s", engine.Name)
	case !strings.HasPrefix(o.fromIndex, "http://") && !strings.HasPrefix(o.fromIndex, "https://"):
		return readMappings(o.fromIndex, c)
	}
	var err error
	if c.Remote, err = o.server(a); err != nil {
		return err
	}
	c.Remote.Endpoint = o.fromIndex
	if err := engine.Look(ctx, c); err != nil {
		return notOpened(err)
	}
	if len(c.Mappings) == 0 {
		return &exitError{exitEngine, errors.New("the server has no index of the layouts: name them, such as --layout cloudtrail=cwl:trail-*")}
	}
	return nil
}

// readMappings reads what tables --from-index wrote.
func readMappings(name string, c *backends.Config) error {
	src, err := readSource(name, maxMappings)
	if err != nil {
		return err
	}
	var mappings map[string]json.RawMessage
	if err := json.Unmarshal(src.Text, &mappings); err != nil {
		return &exitError{exitUsage, fmt.Errorf("%s is not what tables --from-index writes: %w", src.Name, err)}
	}
	c.Mappings = map[string][]byte{}
	for source, text := range mappings {
		if schema.ByName(source) == nil {
			return &exitError{exitUsage, fmt.Errorf("%s is not what tables --from-index writes: there is no source %q", src.Name, source)}
		}
		c.Mappings[source] = text
	}
	return nil
}

// maxMappings bounds the file of mappings, in bytes.
const maxMappings = 256 << 20
