// Package opensearch writes query DSL for OpenSearch and runs it. It never writes
// query_string, which has a language of its own inside a text.
//
// # From a condition to a clause
//
// How a condition can be written depends on how the index maps its field. A layout
// (Layouts) names the fields. A mapping (property.go) describes how each
// is indexed: the mapping of our template (template.go), the one that a shipper
// makes (layouts/*.json), or the live one (mappings.go), merged over all indexes of the
// pattern. field.go lists the views of a field: keyword or wildcard, as stored or in
// lower case, up to which length. leaf.go and lookup.go write a condition for these
// views: exactly, as a superset, or not at all. One function returns both the clause
// and the degree, so the compiler (Target.LeafSupport) and the writer cannot disagree.
//
// Where no mapping is known, a path inside JSON is what dynamic mapping makes of a
// text. Values that it would read as numbers, booleans or dates are then not exact.
//
// # The template
//
// The template takes every record that AWS delivers. A declared field is a keyword
// in lower case of at most 8,191 UTF-16 units, with two subfields of the type
// wildcard without doc values, in lower case and as stored, for patterns and for
// texts of any length. Addresses are also of the type ip.
//
// The normalizer lower-cases one character to one other. Lucene makes an i of
// U+0130, which in Sigma folds to itself; a char_filter therefore puts U+FFFF in its
// place first. In indexes without that filter, texts with an i are a superset,
// except in fields that AWS alone writes. Texts that hold U+0130 or U+FFFF are
// looked up as stored.
//
// Over texts as stored, case_insensitive finds both cases of ASCII letters. Other
// characters with several cases, and k (which U+212A folds to), become wildcards, and
// the clause a superset. A flat_object compares its keys without case too.
//
// What no schema declares (requestParameters and the like) is an object in one record
// and a text in another. A mapped text rejects a record with an object there, and a
// flat_object rejects a text over 32,766 bytes, so the template does not index it.
// The layout flat does, for those who know their records. The layout parameters
// (OpenSearch 3.8) maps the known paths of parameters.txt: at the root,
// disable_objects makes names with dots of objects, so a path can be a text and lead
// to others. Versions 3.5 to 3.7 lose the elements of lists there (losingLists). An
// object at a mapped path leaves nothing in the index, so patterns that could match
// an object's text are supersets, and so is absence. property.unfold turns such
// mappings into fields below fields.
//
// # Regular expressions and patterns
//
// Lucene's expressions match whole texts and know no anchors. regexp.go translates
// literals, classes, alternatives, repetitions, and anchors at the ends. Everything
// else is omitted, and so are expressions and patterns whose automaton may exceed
// Lucene's limits.
//
// # Reading
//
// The executor reads pages with search_after from a point in time (pages.go) and
// requests the next page while one is read. It repeats requests that the network or a
// busy node broke (call.go). Shards that did not answer are a problem, never an empty
// page. A node evaluates a search for all remaining records at each page, so after a
// full page the next one is searched for in a stretch of time that should hold four
// (stretch.go); a page that is not full ends the stretch. rebuild.go makes AWS's
// record again from the documents of other shippers.
//
// # Correlations
//
// The first stage of a correlation is a composite aggregation (prefilter.go), which
// returns every bucket page by page. prefilterread.go reads it from a point in time; an
// answer that lacks a shard is an error. Groups are keywords with doc values. A text
// that is too long for one is in the bucket of null.
//
// # Monitors
//
// A monitor's search is a Mustache template. Alerting renders it from JSON that it has
// read and written again, so escapes are of no use: a text that holds {{ is put
// between changes of the delimiters. Events that arrive later than the delay, and
// runs that did not happen, are not made up for.
package opensearch
