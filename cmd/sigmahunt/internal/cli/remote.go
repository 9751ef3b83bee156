package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// engineOptions are the flags of engines that run elsewhere. Credentials of AWS come
// from its SDK's own places alone.
type engineOptions struct {
	remote   backends.Remote
	settings map[string]backends.Settings // by engine
}

// flags declares the flags of the engines that have a capability.
func (o *engineOptions) flags(cmd *cobra.Command, engines backends.Engines, has func(backends.Engine) bool) {
	f := cmd.Flags()
	f.StringVar(&o.remote.Region, "region", "", "AWS region (default: as the AWS SDK finds it)")
	f.StringVar(&o.remote.Profile, "profile", "", "AWS profile (default: as the AWS SDK finds it)")
	o.settings = map[string]backends.Settings{}
	for _, e := range engines {
		if e.Settings != nil && has(e) {
			s := e.Settings()
			s.Flags(f)
			o.settings[e.Name] = s
		}
	}
}

// configure checks the flags of an engine and puts them into its configuration.
func (o *engineOptions) configure(a *app, engine backends.Engine, c *backends.Config) error {
	c.Remote, c.Settings = o.remote, o.settings[engine.Name]
	if c.Settings == nil {
		return nil
	}
	warnings, err := c.Settings.Check(os.Getenv)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	for _, w := range warnings {
		a.say("sigmahunt: %s", w)
	}
	return nil
}

// inspects reports whether an engine can read how its live tables are made.
func inspects(e backends.Engine) bool { return e.InspectMappings != nil }

// indexOptions are the flags of commands that write queries for a live engine's
// indexes and run none.
type indexOptions struct {
	engineOptions
	fromIndex string
}

func (o *indexOptions) flags(cmd *cobra.Command, engines backends.Engines) {
	o.engineOptions.flags(cmd, engines, inspects)
	cmd.Flags().StringVar(&o.fromIndex, "from-index", "", "write for the indexes of this server, such as https://search.example.com:9200,\nor for those in a file that tables --from-index wrote ("+strings.Join(engines.Names(inspects), ", ")+")")
}

// inspect reads how an engine holds the sources, where the flag requests it.
func (o *indexOptions) inspect(ctx context.Context, a *app, engine backends.Engine, c *backends.Config) error {
	if err := o.configure(a, engine, c); err != nil {
		return err
	}
	switch {
	case o.fromIndex == "":
		return nil
	case engine.InspectMappings == nil:
		return usage("--from-index is for %s, not for %s", strings.Join(a.engines.Names(inspects), ", "), engine.Name)
	case !strings.HasPrefix(o.fromIndex, "http://") && !strings.HasPrefix(o.fromIndex, "https://"):
		return readMappings(o.fromIndex, c)
	}
	c.Remote.Endpoint = o.fromIndex
	if err := engine.InspectMappings(ctx, c); err != nil {
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
