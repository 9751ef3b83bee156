package schema

// Open is the source of which nothing is known: whatever a rule names is a field
// of text, one flat column a name, dots included. It has no time and no identity.
var Open = &Source{Name: "events", Title: "open", AnyField: true}

// OpenLayout is the table of Open.
var OpenLayout = &Layout{Name: "open", Title: "one text column a field", Source: Open, Table: Open.Name, Partitions: Partitions{Scheme: Unpartitioned}}

// OpenLookup is the Lookup that takes every logsource for Open.
func OpenLookup(_, _, _ string) *Source { return Open }

// openColumn returns the column of a field of Open.
func openColumn(name string) Column { return Column{Field: name, Name: name, Type: Varchar} }
