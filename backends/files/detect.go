package files

import (
	"bytes"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// The sources that are told apart here, by the names that package schema gives
// them.
const (
	CloudTrail = "cloudtrail"
	GuardDuty  = "guardduty"
	VPCFlow    = "vpcflow"
)

// SourceOf tells a record's source from its top-level keys; empty when they
// belong to none. CloudTrail records have eventVersion, eventSource and
// eventName, of which exports may lack some; findings have schemaVersion, or
// type, service and severity; flow log records have addresses.
func SourceOf(r *record.Record) string {
	finding := 0
	for i := range r.Members {
		switch key := r.Members[i].Key; string(key) {
		case "eventVersion", "eventSource", "eventName":
			return CloudTrail
		case "schemaVersion":
			return GuardDuty
		case "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr":
			return VPCFlow
		case "type", "service", "severity":
			if finding++; finding == 3 {
				return GuardDuty
			}
		}
	}
	return ""
}

// Format is what a file's content is, once decompressed.
type Format uint8

// The formats. The zero value is content that is no log.
const (
	Unknown   Format = iota
	NoContent        // nothing, or white space alone
	JSON             // records as package record splits them
	FlowLog          // flow log text, one record a line
	Parquet          // rows stored by columns
)

// headSize is how much of the content its format is told from.
const headSize = 16 << 10

// formatOf tells the format from the head of the content, and for an unknown
// one why it is none. whole tells that the head is all there is; otherwise more
// of it may tell more, up to headSize.
func formatOf(head []byte, whole bool) (Format, string) {
	for _, f := range foreign {
		if len(head) >= f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return Unknown, f.reason
		}
	}
	if bytes.HasPrefix(head, []byte(parquetMagic)) {
		return Parquet, ""
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	switch {
	case len(text) == 0 && whole:
		return NoContent, ""
	case len(text) == 0 && len(head) < headSize:
		return Unknown, ""
	case len(text) == 0:
		return JSON, "" // the scanner finds what follows
	case text[0] == '{' || text[0] == '[':
		return JSON, ""
	}
	line, _, ended := bytes.Cut(text, []byte{'\n'})
	if (ended || whole) && (isHeader(line) || isDefaultLine(line)) {
		return FlowLog, ""
	}
	return Unknown, "neither JSON nor flow log text"
}

// foreign are contents that people take for logs, and what to tell them.
var foreign = []struct {
	at            int
	magic, reason string
}{
	{0, "PK\x03\x04", "a zip archive: unpack it first"},
	{0, "BZh", "compressed with bzip2: unpack it first"},
	{0, "\xfd7zXZ\x00", "compressed with xz: unpack it first"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"},
	{0, "\x04\x22\x4d\x18", "compressed with lz4: unpack it first"},
	{0, gzipMagic, "compressed twice: unpack it once"},
	{0, zstdMagic, "compressed twice: unpack it once"},
	{0, "PARE", "an encrypted Parquet file: decrypt it first"},
	{257, "ustar", "a tar archive: unpack it first"},
	{0, "\xff\xfe", "UTF-16 text: convert it to UTF-8 first"},
	{0, "\xfe\xff", "UTF-16 text: convert it to UTF-8 first"},
}

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)
