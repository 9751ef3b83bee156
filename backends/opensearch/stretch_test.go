package opensearch

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
)

func TestStretchAfter(t *testing.T) {
	const year10000 = 253_402_300_800_000
	for _, test := range []struct {
		name string
		size int
		sort []string
		want stretch
	}{
		{"a full page of ten seconds", 3, []string{"[1000,7]", "[2000,3]", "[11000,4]"}, stretch{11_000, 51_000}},
		{"one that is not full", 4, []string{"[1000,7]", "[2000,3]", "[11000,4]"}, stretch{}},
		{"an empty one", 4, nil, stretch{}},
		{"of one instant", 2, []string{"[5000,1]", "[5000,2]"}, stretch{5_000, 9_000}},
		{"of one record", 1, []string{"[5000,1]"}, stretch{}},
		{"that ends without a time", 2, []string{"[5000,1]", fmt.Sprintf("[%d,2]", int64(math.MaxInt64))}, stretch{}},
		{"before 1970", 2, []string{"[-1,1]", "[5,2]"}, stretch{}},
		{"up to the last year", 2, []string{fmt.Sprintf("[%d,1]", year10000-4_002), fmt.Sprintf("[%d,1]", year10000-4_001)}, stretch{year10000 - 4_001, year10000 - 1}},
		{"beyond it", 2, []string{fmt.Sprintf("[%d,1]", year10000-4_001), fmt.Sprintf("[%d,1]", year10000-4_000)}, stretch{}},
		{"of no numbers", 2, []string{`["2026",1]`, `["2027",1]`}, stretch{}},
		{"of no values", 2, []string{"[]", "null"}, stretch{}},
	} {
		var hits []hit
		for _, values := range test.sort {
			hits = append(hits, hit{Sort: json.RawMessage(values)})
		}
		if got := stretchAfter(hits, test.size); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestPagesInStretchesAreThoseOfAllTime reads records that crowd, lie far apart,
// and have no time or several, in small pages and as one.
func TestPagesInStretchesAreThoseOfAllTime(t *testing.T) {
	s := nodetest.Start(t)
	const n = 900
	r := rand.New(rand.NewPCG(1, 1))
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = fmt.Appendf(nil, `{"eventID":"%d"%s}`, i, timeOf(r))
	}
	index := indexOf(t, s, 3, docs)
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	q := query(t, x.backend, everything(), index)
	want, err := read(t.Context(), x, q)
	if err != nil || len(want) != n {
		t.Fatalf("%d records, %v", len(want), err)
	}
	for _, size := range []int{1, 2, 3, 7, 40, 300} {
		x.size = size
		if got, err := read(t.Context(), x, q); err != nil || !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %d records of %d or in another order, %v", size, len(got), n, err)
		}
	}
}

// timeOf writes the time of a record, as its members to be added.
func timeOf(r *rand.Rand) string {
	year := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	crowds := []time.Duration{0, time.Second, time.Minute, 24 * time.Hour, 365 * 24 * time.Hour}
	one := func() string {
		spread := crowds[r.IntN(len(crowds))]
		return year.Add(spread + time.Duration(r.Int64N(int64(spread+time.Second)))).Format(`"2006-01-02T15:04:05Z"`)
	}
	switch r.IntN(20) {
	case 0:
		return ""
	case 1:
		return `,"eventTime":"no time"`
	case 2:
		return `,"eventTime":"1901-01-01T00:00:00Z"`
	case 3:
		return `,"eventTime":"9999-12-31T23:59:59Z"`
	case 4, 5, 6:
		return fmt.Sprintf(`,"eventTime":[%s,%s,%s]`, one(), one(), one())
	default:
		return `,"eventTime":` + one()
	}
}
