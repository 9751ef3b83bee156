package backends

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var spans = regexp.MustCompile(`^([0-9]{1,5})([smhd])$`)

var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// ParseSpan reads a length of time as people write it in flags: 90m, 24h or 7d.
func ParseSpan(s string) (time.Duration, error) {
	m := spans.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is not a length of time: write 90m, 24h or 7d", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a length of time: write 90m, 24h or 7d", s)
	}
	return time.Duration(n) * units[m[2]], nil
}
