package opensearch

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/sigmahunt/sigmahunt/backends"
)

// The environment variables of basic authentication. There is no flag: others
// see the command line of a process.
const (
	userVariable     = "SIGMAHUNT_OPENSEARCH_USER"
	passwordVariable = "SIGMAHUNT_OPENSEARCH_PASSWORD"
)

// Settings are what only OpenSearch must know.
type Settings struct {
	User, Password string        // of basic authentication
	SigV4          string        // the AWS service that requests are signed for: es or aoss; empty: none
	CA             []byte        // certificates, PEM, that are trusted besides the system's
	Insecure       bool          // the server's certificate is not verified
	Timeout        time.Duration // for one request; 0: 2 minutes
	Scripts        bool          // queries may hold scripts

	caFile, timeout string // as the flags have them
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
	f.StringVar(&s.SigV4, "sigv4", "", "OpenSearch: sign requests as AWS does, for es or aoss (serverless)\n(default: user and password from "+userVariable+" and "+passwordVariable+", if set)")
	f.StringVar(&s.caFile, "ca-file", "", "OpenSearch: also trust the certificates in this PEM file")
	f.BoolVar(&s.Insecure, "insecure", false, "OpenSearch: do not verify the server's certificate")
	f.BoolVar(&s.Scripts, "allow-scripts", false, "OpenSearch: compare two fields by a script; without it such a query returns every event")
	f.StringVar(&s.timeout, "timeout", "2m", "OpenSearch: time limit of one request, up to 1h")
}

// Check validates the flags and reads user and password.
func (s *Settings) Check(getenv func(string) string) (warnings []string, err error) {
	if s.Timeout, err = backends.ParseSpan(s.timeout); err != nil {
		return nil, fmt.Errorf("--timeout: %w", err)
	}
	s.User, s.Password = getenv(userVariable), getenv(passwordVariable)
	switch {
	case s.Timeout > maxTimeout:
		return nil, errors.New("--timeout is at most 1h")
	case s.SigV4 != "" && s.SigV4 != "es" && s.SigV4 != "aoss":
		return nil, fmt.Errorf("--sigv4 takes es or aoss, not %q", s.SigV4)
	case s.Insecure && s.caFile != "":
		return nil, errors.New("--ca-file and --insecure exclude each other: --insecure trusts every certificate")
	}
	if s.caFile != "" {
		if s.CA, err = os.ReadFile(s.caFile); err != nil {
			return nil, fmt.Errorf("--ca-file: %w", err)
		}
	}
	if s.Insecure {
		warnings = append(warnings, "--insecure: the server's certificate is not verified: anyone between can read and change the data")
	}
	return warnings, nil
}
