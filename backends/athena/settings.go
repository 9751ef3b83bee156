package athena

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/pflag"

	"github.com/sigmahunt/sigmahunt/backends"
)

// Settings are what only Athena must know.
type Settings struct {
	Workgroup string        // empty: primary
	Catalog   string        // empty: AwsDataCatalog
	Database  string        // empty: statements name it
	Output    string        // the S3 folder of results; empty: the workgroup's
	Dollars   float64       // for a terabyte scanned; 0: 5
	Reuse     time.Duration // the oldest result of the same statement that will do; 0: none

	reuse string // as the flag has it
}

func newSettings() backends.Settings { return &Settings{} }

// settingsOf returns the settings of a configuration.
func settingsOf(c backends.Config) Settings {
	if s, ok := c.Settings.(*Settings); ok {
		return *s
	}
	return Settings{}
}

// Flags declares the flags.
func (s *Settings) Flags(f *pflag.FlagSet) {
	f.StringVar(&s.Workgroup, "workgroup", "", "Athena: the workgroup (default: primary)")
	f.StringVar(&s.Catalog, "catalog", "", "Athena: the data catalog (default: AwsDataCatalog)")
	f.StringVar(&s.Database, "database", "", "Athena: the database of the tables")
	f.StringVar(&s.Output, "results", "", "Athena: the S3 folder of query results (default: the workgroup's)")
	f.Float64Var(&s.Dollars, "price", defaultDollars, "Athena: dollars for a terabyte scanned")
	f.StringVar(&s.reuse, "reuse", "", "Athena: accept an earlier result of the same query that is at most this old, such as 30m")
}

// Check validates the flags.
func (s *Settings) Check(func(string) string) (warnings []string, err error) {
	if s.reuse != "" {
		if s.Reuse, err = backends.ParseSpan(s.reuse); err != nil {
			return nil, fmt.Errorf("--reuse: %w", err)
		}
	}
	switch {
	case math.IsNaN(s.Dollars) || math.IsInf(s.Dollars, 0) || s.Dollars < 0:
		return nil, errors.New("--price takes dollars, which cannot be negative")
	case s.Reuse > maxReuse:
		return nil, errors.New("--reuse is at most 7d")
	}
	return nil, nil
}
