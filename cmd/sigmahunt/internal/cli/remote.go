package cli

import (
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
)

// remoteOptions are the flags of engines that run elsewhere. Credentials come
// from the AWS SDK's own places alone.
type remoteOptions struct {
	backends.Remote
	reuse string
}

func (o *remoteOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Region, "region", "", "AWS region (default: as the AWS SDK finds it)")
	f.StringVar(&o.Profile, "profile", "", "AWS profile (default: as the AWS SDK finds it)")
	f.StringVar(&o.Endpoint, "endpoint", "", "a server in place of Athena's")
	f.StringVar(&o.Workgroup, "workgroup", "", "Athena workgroup (default: primary)")
	f.StringVar(&o.Catalog, "catalog", "", "data catalog (default: AwsDataCatalog)")
	f.StringVar(&o.Database, "database", "", "database of the tables")
	f.StringVar(&o.Output, "results", "", "S3 folder of query results (default: the workgroup's)")
	f.Float64Var(&o.Dollars, "price", 5, "dollars for a terabyte scanned")
	f.StringVar(&o.reuse, "reuse", "", "take an earlier result of the same query that is at most this old, such as 30m")
}

func (o *remoteOptions) remote() (backends.Remote, error) {
	r := o.Remote
	var err error
	if o.reuse != "" {
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
