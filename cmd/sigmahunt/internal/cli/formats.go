package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
)

// The formats of every target.
const (
	formatQuery = "query"
	formatJSON  = "json"
)

// ownFormats are the names of the formats that an engine adds to those.
func ownFormats(e backends.Engine) []string {
	var names []string
	if e.Language != nil {
		for _, f := range e.Language.Formats {
			names = append(names, f.Name)
		}
	}
	return names
}

// allFormats names, by target, the formats that not every target has.
func allFormats(engines backends.Engines) []string {
	var out []string
	for _, e := range engines {
		if names := ownFormats(e); len(names) > 0 {
			out = append(out, "of "+e.Name+" "+strings.Join(names, ", "))
		}
	}
	return out
}

// scheduleOptions are the flags of formats that run by themselves.
type scheduleOptions struct {
	every, delay string
	superset     bool
}

// What the flags are where they are not given. CloudTrail delivers within some 5
// minutes on average and promises nothing; what ships and indexes comes on top.
const (
	defaultEvery = "5m"
	defaultDelay = "15m"
)

func (o *scheduleOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.every, "every", "", "the time between two runs of a monitor, and the time that each run reads (default "+defaultEvery+")")
	f.StringVar(&o.delay, "delay", "", "how late events may arrive: a monitor reads those up to this long ago (default "+defaultDelay+"; 0: none)")
	f.BoolVar(&o.superset, "superset", false, "also write monitors whose query is a superset of the rule: they alert on extra events")
}

// check compares the flags with the format and the others.
func (o *scheduleOptions) check(name string, form backends.Format, window backends.Window, exact bool) error {
	switch {
	case form.Scheduled && window != (backends.Window{}):
		return usage("--format %s has windows of its own: --every and --delay in place of --from, --to and --last", name)
	case !form.Scheduled && (o.every != "" || o.delay != "" || o.superset):
		return usage("--every, --delay and --superset are for formats that run by themselves, and --format %s does not", name)
	case o.superset && exact:
		return usage("--superset allows what --exact refuses")
	default:
		return nil
	}
}

// schedule reads the flags.
func (o *scheduleOptions) schedule() (backends.Schedule, error) {
	every, err := minutes("--every", o.every, defaultEvery)
	if err != nil || o.delay == "0" {
		return backends.Schedule{Every: every}, err
	}
	delay, err := minutes("--delay", o.delay, defaultDelay)
	return backends.Schedule{Every: every, Delay: delay}, err
}

// minutes reads a length of time in whole minutes.
func minutes(flag, text, unset string) (time.Duration, error) {
	if text == "" {
		text = unset
	}
	d, err := span(text)
	if err == nil && d%time.Minute != 0 {
		err = usage("%s takes whole minutes, not %q", flag, text)
	}
	return d, err
}
