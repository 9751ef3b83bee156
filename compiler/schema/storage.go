package schema

// Storage is where a table's files lie and how they are read, as far as DDL must
// tell it.
type Storage struct {
	Format     Format
	RowFormat  string // what stands behind ROW FORMAT
	Input      string // class of STORED AS INPUTFORMAT; empty: Athena's default
	Output     string // class of OUTPUTFORMAT
	Location   string // placeholders between < and >
	Template   string // of partition projection, behind Location; empty: none
	Properties []Property
}

// Property is one of a table's TBLPROPERTIES.
type Property struct{ Name, Value string }

// Format is the kind of a table's files.
type Format int

// The formats.
const (
	Managed     Format = iota // AWS makes the table; there is no DDL
	JSONRecords               // JSON objects
	Delimited                 // lines of fields between blanks, behind a header line
	Parquet
)

// Partitions is how a table is cut, which a query must name to read less.
type Partitions struct {
	Scheme Scheme
	Column string   // for schemes of one column
	Parts  []string // of YearMonthDay: the columns' names; nil: year, month, day
	Keys   []Key    // all partition columns, in the order of DDL
}

// Key is one partition column.
type Key struct {
	Name       string
	Type       string // as Hive names it
	Projection Projection
	Values     string // of Enumerated: the values, commas between
}

// Projection is how partition projection finds a partition column's values.
type Projection int

// The projections.
const (
	Cataloged  Projection = iota // by the catalog's partitions, without projection
	Daily                        // by day from the first to now, as the scheme writes days
	Enumerated                   // by a list
)

// Scheme is a way of cutting a table by day.
type Scheme int

// The schemes.
const (
	Unpartitioned Scheme = iota + 1
	SlashDay             // one text column, 2026/03/10
	DateDay              // one date column
	YearMonthDay         // text columns for the year, the month and the day
	DashDay              // one text column, 2026-03-10
	CompactDay           // one text column, 20260310
	Instant              // the timestamp column of the event's own time
)

// DayParts returns the names of the columns of YearMonthDay.
func (p Partitions) DayParts() []string {
	if len(p.Parts) == 3 {
		return p.Parts
	}
	return []string{"year", "month", "day"}
}
