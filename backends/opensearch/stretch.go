package opensearch

import (
	"encoding/json"
	"strconv"
	"time"
)

// stretch is the time in which the next page is looked for. An index evaluates a
// query for all records that are left, at each page, and returns the first of them;
// bounded, it evaluates those of a few pages. The zero stretch is all time: it
// alone holds the records without a time.
type stretch struct{ from, until int64 } // milliseconds since 1970; until is not in it

const (
	stretchPages = 4                                     // that a stretch is to hold
	shortest     = int64(time.Second / time.Millisecond) // AWS writes whole seconds
)

// farthest is the end of the times that every format of OpenSearch takes.
var farthest = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// stretchAfter returns the stretch after a full page, by how much time the page took
// up. After a page that is not full nothing is left in its stretch, and the next
// record may be anywhere.
func stretchAfter(hits []hit, size int) stretch {
	if len(hits) < size || size == 1 {
		return stretch{}
	}
	first, ok := hits[0].millis()
	last, dated := hits[len(hits)-1].millis()
	if !ok || !dated || first < 0 || last >= farthest {
		return stretch{}
	}
	until := last + stretchPages*max(last-first, shortest)
	if until >= farthest {
		return stretch{}
	}
	return stretch{last, until}
}

// millis reads the time that a hit is sorted by.
func (h hit) millis() (millis int64, ok bool) {
	var values []json.RawMessage
	if err := json.Unmarshal(h.Sort, &values); err != nil || len(values) == 0 {
		return 0, false
	}
	millis, err := strconv.ParseInt(string(values[0]), 10, 64)
	return millis, err == nil
}

// within bounds a query. A record of several times is found by each of them, and
// sorted by the first: those that were read before stay behind search_after.
func (s stretch) within(field string, query json.RawMessage) object {
	bounds := object{"gte": s.from, "lt": s.until, "format": "epoch_millis"}
	return object{"bool": object{"filter": []any{object{"range": object{field: bounds}}, query}}}
}
