package files

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// writer appends a value, which is not null, to a record.
type writer func(*assembly, *parquet.Value)

// writerOf returns the writer of a leaf that holds what a field declares. null is the
// text that is null, if any.
func writerOf(e *format.SchemaElement, f *schema.Field, null string) writer {
	if w := logicalWriter(e); w != nil {
		return w
	}
	switch e.Type.V {
	case format.Boolean:
		return func(a *assembly, v *parquet.Value) { a.raw = strconv.AppendBool(a.raw, v.Boolean()) }
	case format.Int32:
		return func(a *assembly, v *parquet.Value) { a.raw = strconv.AppendInt(a.raw, int64(v.Int32()), 10) }
	case format.Int64:
		return func(a *assembly, v *parquet.Value) { a.raw = strconv.AppendInt(a.raw, v.Int64(), 10) }
	case format.Int96:
		return writeInt96
	case format.Float:
		return func(a *assembly, v *parquet.Value) { a.float(float64(v.Float()), 32) }
	case format.Double:
		return func(a *assembly, v *parquet.Value) { a.float(v.Double(), 64) }
	default:
	}
	write := textWriter(e, f)
	if null == "" {
		return write
	}
	return func(a *assembly, v *parquet.Value) {
		if string(v.ByteArray()) == null {
			a.raw = append(a.raw, "null"...)
			return
		}
		write(a, v)
	}
}

// textWriter returns the writer of a text column: what the source declares to be
// no text becomes what it is where the text is that.
func textWriter(e *format.SchemaElement, f *schema.Field) writer {
	_, isJSON := e.LogicalType.Value.(*format.JsonType)
	isJSON = isJSON || e.ConvertedType.Valid && e.ConvertedType.V == deprecated.Json
	switch f.Type {
	case schema.Bool:
		return func(a *assembly, v *parquet.Value) {
			text := v.ByteArray()
			a.literal(text, string(text) == "true" || string(text) == "false")
		}
	case schema.Number:
		return func(a *assembly, v *parquet.Value) {
			text := v.ByteArray()
			a.literal(text, len(text) < 64 && record.IsNumber(string(text)))
		}
	case schema.JSON, schema.Struct, schema.List:
		return func(a *assembly, v *parquet.Value) { a.json(v.ByteArray()) }
	default:
	}
	if isJSON {
		return func(a *assembly, v *parquet.Value) { a.json(v.ByteArray()) }
	}
	return func(a *assembly, v *parquet.Value) { a.literal(v.ByteArray(), false) }
}

// literal writes a text, as it is or as a string.
func (a *assembly) literal(text []byte, asIs bool) {
	switch {
	case !a.bound(len(text)):
	case asIs:
		a.raw = append(a.raw, text...)
	default:
		a.raw = appendText(a.raw, text)
	}
}

// json writes a text that should be JSON. Of a column of its own it is looked
// at with the whole record, see parse.
func (a *assembly) json(text []byte) {
	if !a.bound(len(text)) {
		return
	}
	text = bytes.Trim(record.Repair(text), " \t\r\n")
	switch {
	case len(text) == 0:
		a.raw = append(a.raw, `""`...)
	case a.single:
		a.raw = append(a.raw, text...)
		a.spans[len(a.spans)-1].text = true
	default:
		a.literal(text, a.isJSON(text))
	}
}

// appendText appends a text as a string.
func appendText(raw, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return record.AppendQuoted(raw, string(text))
		}
	}
	raw = append(raw, '"')
	raw = append(raw, text...)
	return append(raw, '"')
}

// float writes a number; JSON has none for infinity and what is no number.
func (a *assembly) float(x float64, bits int) {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		a.raw = appendText(a.raw, strconv.AppendFloat(nil, x, 'g', -1, bits))
		return
	}
	a.raw = strconv.AppendFloat(a.raw, x, 'g', -1, bits)
}

// time writes a point in time as ISO 8601 does, in UTC.
func (a *assembly) time(t time.Time, layout string) {
	a.raw = append(a.raw, '"')
	a.raw = t.UTC().AppendFormat(a.raw, layout)
	a.raw = append(a.raw, '"')
}

// logicalWriter returns the writer of a leaf whose stored numbers or bytes stand
// for something else (Parquet format, "Logical Types", and the older converted
// types); nil where they do not.
func logicalWriter(e *format.SchemaElement) writer {
	switch l := e.LogicalType.Value.(type) {
	case *format.TimestampType:
		return timestampWriter(e, unitOf(l.Unit))
	case *format.TimeType:
		return clockWriter(e, unitOf(l.Unit))
	case *format.DateType:
		return dateWriter(e)
	case *format.DecimalType:
		return decimalWriter(e, l.Scale)
	case *format.IntType:
		if !l.IsSigned {
			return unsignedWriter(e)
		}
	case *format.UUIDType:
		return writeUUID
	}
	if !e.ConvertedType.Valid {
		return nil
	}
	switch e.ConvertedType.V {
	case deprecated.TimestampMillis:
		return timestampWriter(e, time.Millisecond)
	case deprecated.TimestampMicros:
		return timestampWriter(e, time.Microsecond)
	case deprecated.TimeMillis:
		return clockWriter(e, time.Millisecond)
	case deprecated.TimeMicros:
		return clockWriter(e, time.Microsecond)
	case deprecated.Date:
		return dateWriter(e)
	case deprecated.Decimal:
		return decimalWriter(e, e.Scale.V)
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return unsignedWriter(e)
	default:
	}
	return nil
}

func unitOf(u format.TimeUnit) time.Duration {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return time.Millisecond
	case *format.MicroSeconds:
		return time.Microsecond
	}
	return time.Nanosecond
}

// integer returns the value of an integer column.
func integer(e *format.SchemaElement, v *parquet.Value) int64 {
	if e.Type.V == format.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

func isInteger32Or64(e *format.SchemaElement) bool {
	return e.Type.V == format.Int32 || e.Type.V == format.Int64
}

func timestampWriter(e *format.SchemaElement, unit time.Duration) writer {
	if e.Type.V != format.Int64 {
		return nil
	}
	perSecond := int64(time.Second / unit)
	return func(a *assembly, v *parquet.Value) {
		n := v.Int64()
		a.time(time.Unix(n/perSecond, n%perSecond*int64(unit)), time.RFC3339Nano)
	}
}

func clockWriter(e *format.SchemaElement, unit time.Duration) writer {
	if !isInteger32Or64(e) {
		return nil
	}
	return func(a *assembly, v *parquet.Value) {
		n := integer(e, v) % int64(24*time.Hour/unit)
		a.time(time.Unix(0, n*int64(unit)), "15:04:05.999999999")
	}
}

func dateWriter(e *format.SchemaElement) writer {
	if e.Type.V != format.Int32 {
		return nil
	}
	return func(a *assembly, v *parquet.Value) { a.time(time.Unix(int64(v.Int32())*24*60*60, 0), time.DateOnly) }
}

func unsignedWriter(e *format.SchemaElement) writer {
	switch e.Type.V {
	case format.Int32:
		return func(a *assembly, v *parquet.Value) { a.raw = strconv.AppendUint(a.raw, uint64(v.Uint32()), 10) }
	case format.Int64:
		return func(a *assembly, v *parquet.Value) { a.raw = strconv.AppendUint(a.raw, v.Uint64(), 10) }
	default:
	}
	return nil
}

// maxScale bounds the digits behind a decimal's point.
const maxScale = 76

// decimalWriter writes decimals with all their digits.
func decimalWriter(e *format.SchemaElement, scale int32) writer {
	if scale < 0 || scale > maxScale {
		return nil
	}
	if isInteger32Or64(e) {
		return func(a *assembly, v *parquet.Value) {
			a.raw = appendDecimal(a.raw, strconv.FormatInt(integer(e, v), 10), int(scale))
		}
	}
	if e.Type.V != format.ByteArray && e.Type.V != format.FixedLenByteArray {
		return nil
	}
	return func(a *assembly, v *parquet.Value) {
		data := v.ByteArray()
		if len(data) > maxScale {
			a.literal([]byte(hex.EncodeToString(data[:maxScale])), false) // no writer's precision goes so far
			return
		}
		x := new(big.Int).SetBytes(data) // two's complement, big end first
		if len(data) > 0 && data[0] >= 0x80 {
			x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(data))))
		}
		a.raw = appendDecimal(a.raw, x.String(), int(scale))
	}
}

// appendDecimal appends an integer's digits with a point before the last ones.
func appendDecimal(raw []byte, digits string, scale int) []byte {
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		raw, digits = append(raw, '-'), rest
	}
	if scale == 0 {
		return append(raw, digits...)
	}
	if short := scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	raw = append(raw, digits[:len(digits)-scale]...)
	raw = append(raw, '.')
	return append(raw, digits[len(digits)-scale:]...)
}

// writeInt96 writes the timestamps of Impala, Hive and old Spark: nanoseconds
// of the day and the Julian day.
func writeInt96(a *assembly, v *parquet.Value) {
	x := v.Int96()
	const epoch = 2440588 // Julian day of 1970-01-01
	nanos := int64(x[0]) | int64(x[1])<<32
	a.time(time.Unix((int64(x[2])-epoch)*24*60*60, nanos), time.RFC3339Nano)
}

func writeUUID(a *assembly, v *parquet.Value) {
	data := v.ByteArray()
	if len(data) != 16 {
		a.literal(data, false)
		return
	}
	text := hex.EncodeToString(data)
	a.literal([]byte(text[:8]+"-"+text[8:12]+"-"+text[12:16]+"-"+text[16:20]+"-"+text[20:]), false)
}
