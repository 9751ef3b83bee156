package files

import (
	"bytes"
	"io"
	"regexp"
)

// content is what a file's bytes are, once decompressed.
type content uint8

// The contents. The zero value is not a log.
const (
	unknownContent content = iota
	emptyContent           // nothing, or white space alone
	jsonContent            // records as package record splits them
	lineContent            // a record a line, see lineReader
	exportContent          // a time and a JSON record a line, see exported
	parquetContent         // rows stored by columns
)

// headSize is how much of the content a content is recognised from.
const headSize = 16 << 10

// contentOf recognises a content from its head, and for lines of text
// the source that has them. reason states why an unknown content is not a log. whole
// reports that the head is all there is; otherwise a longer head, up to headSize, may
// decide.
func contentOf(head []byte, whole bool, kinds []*lineKind) (c content, lines *lineKind, reason string) {
	for _, f := range foreign {
		if len(head) >= f.at && bytes.HasPrefix(head[f.at:], []byte(f.magic)) {
			return unknownContent, nil, f.reason
		}
	}
	if bytes.HasPrefix(head, []byte(parquetMagic)) {
		return parquetContent, nil, ""
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	switch {
	case len(text) == 0 && whole:
		return emptyContent, nil, ""
	case len(text) == 0 && len(head) < headSize:
		return unknownContent, nil, ""
	case len(text) == 0:
		return jsonContent, nil, "" // the scanner finds what follows
	case text[0] == '{' || text[0] == '[':
		return jsonContent, nil, ""
	}
	if exportedLine.Match(text) {
		return exportContent, nil, ""
	}
	line, _, ended := bytes.Cut(text, []byte{'\n'})
	for _, kind := range kinds {
		if (ended || whole) && (kind.isHeader(line) || kind.isRecord(line)) {
			return lineContent, kind, ""
		}
	}
	return unknownContent, nil, "neither JSON nor flow log text"
}

// exportedLine begins what CloudWatch Logs exports to S3: the time of ingestion, a blank
// and the message (Amazon CloudWatch Logs User Guide, "Exporting log data to Amazon S3").
var exportedLine = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z \{`)

// exported reads an export without the times at the start of its lines.
type exported struct {
	in   io.Reader
	skip bool // inside a time
	rest bool // behind the first byte of a line
}

// Read reads at least one byte of a message.
func (e *exported) Read(p []byte) (n int, err error) {
	for n == 0 && err == nil && len(p) > 0 {
		var read int
		read, err = e.in.Read(p)
		for _, c := range p[:read] {
			e.skip = e.skip && c != ' ' || !e.rest && c >= '0' && c <= '9'
			e.rest = c != '\n'
			if !e.skip {
				p[n] = c
				n++
			}
		}
	}
	return n, err
}

// foreign are contents that people take for logs, and what to do with them.
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
