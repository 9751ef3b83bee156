package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The library believes the sizes that a Parquet file states, and takes that
// much memory before it reads. So what a file states is looked at first, and
// what no writer of logs makes is refused.
const (
	maxFooter = 64 << 20 // bytes of metadata
	maxHeld   = 1 << 30  // bytes of a row group's pages that must be held at a time
	maxNested = 64       // depth of a column
	maxLeaves = 10_000   // columns
)

var (
	errCorrupt = errors.New("the Parquet data is corrupt")
	errLarge   = &contentError{Oversized, fmt.Sprintf("pages that take more than %d bytes together", maxHeld)}
)

// checkFooter reads a file's schema and checks that it is a tree of bounded
// size.
func checkFooter(in *storedAt) ([]format.SchemaElement, error) {
	n, err := in.footerSize()
	if err != nil {
		return nil, err
	}
	if n > maxFooter {
		return nil, &contentError{Oversized, fmt.Sprintf("Parquet metadata larger than %d bytes", maxFooter)}
	}
	footer := make([]byte, n)
	if _, err := in.ReadAt(footer, in.size-8-n); err != nil {
		return nil, err
	}
	if _, ok := thriftStructEnd(footer); !ok {
		return nil, errCorrupt
	}
	var compact thrift.CompactProtocol
	var meta format.FileMetaData
	if err := thrift.NewDecoder(compact.NewReaderFromBytes(footer)).Decode(&meta); err != nil {
		return nil, err
	}
	leaves := 0
	rest, err := checkTree(meta.Schema, 0, &leaves)
	switch {
	case err != nil:
		return nil, err
	case len(rest) > 0:
		return nil, errCorrupt
	case leaves > maxLeaves:
		return nil, &contentError{Oversized, fmt.Sprintf("more than %d columns", maxLeaves)}
	}
	for i := range meta.RowGroups {
		if len(meta.RowGroups[i].Columns) != leaves {
			return nil, errCorrupt
		}
	}
	return meta.Schema, nil
}

// checkTree checks the first element of a schema and all below it, and gives
// the elements behind them.
func checkTree(schema []format.SchemaElement, depth int, leaves *int) ([]format.SchemaElement, error) {
	if len(schema) == 0 || depth > maxNested {
		return nil, errCorrupt
	}
	e, rest := &schema[0], schema[1:]
	if e.Type.Valid {
		*leaves++
		if e.NumChildren.V > 0 || depth == 0 {
			return nil, errCorrupt
		}
		return rest, nil
	}
	if n := int(e.NumChildren.V); n < 1 || n > len(rest) {
		return nil, errCorrupt
	}
	for range e.NumChildren.V {
		var err error
		if rest, err = checkTree(rest, depth+1, leaves); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// group walks over the headers of a row group's pages and adds up what
// reading its rows holds at a time: of each column the dictionary, the largest
// page, and the values of lists, which may all be in one row.
func (c *pageCheck) group(in *storedAt, group *format.RowGroup) error {
	held := int64(0)
	for i := range group.Columns {
		meta := &group.Columns[i].MetaData
		n, err := c.chunk(in, meta)
		if err != nil {
			return err
		}
		held += n
		if more := meta.NumValues - group.NumRows; more > 0 {
			held += more * valueSize
		}
		if held > maxHeld {
			return errLarge
		}
	}
	return nil
}

// valueSize is what a decoded value takes, and pageValueSize what one takes in
// a page beside its bytes: levels, an offset or an index.
const (
	valueSize     = 24
	pageValueSize = 32
)

// chunk returns what reading a column of a row group holds at a time.
func (c *pageCheck) chunk(in *storedAt, meta *format.ColumnMetaData) (int64, error) {
	at := meta.DataPageOffset
	if d := meta.DictionaryPageOffset; d != 0 {
		at = d // where the library begins
	}
	end := at + meta.TotalCompressedSize
	if at < 0 || end < at || end > in.size {
		return 0, errCorrupt
	}
	if name := otherCodecs[meta.Codec]; name != "" {
		return 0, &contentError{Foreign, "compressed with " + name + ", which is not read: write it with snappy, gzip or zstd"}
	}
	var page, dictionary, values int64
	found := false // whether a page begins where the first one of data should
	for at < end { // the library reads to the end, however many values there should be
		h, n, err := readPageHeader(in, at, end)
		if err != nil {
			return 0, err
		}
		found = found || at == meta.DataPageOffset
		at += n + int64(h.CompressedPageSize)
		if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || at > end {
			return 0, errCorrupt
		}
		if err := c.page(in, meta.Codec, &h, at); err != nil {
			return 0, err
		}
		size := int64(h.CompressedPageSize) + int64(h.UncompressedPageSize)
		if h.Type == format.DictionaryPage {
			dictionary = max(dictionary, size+pageValueSize*int64(h.DictionaryPageHeader.V.NumValues))
			continue
		}
		n = int64(h.DataPageHeader.V.NumValues) + int64(h.DataPageHeaderV2.V.NumValues)
		page = max(page, size+pageValueSize*n)
		values += n
	}
	if !found || values != meta.NumValues {
		return 0, errCorrupt
	}
	return page + dictionary, nil
}

// pageCheck decompresses pages into nothing before the library does so into
// memory, and with as much of it as they turn out to need.
type pageCheck struct {
	gzip *gzip.Reader
	zstd *zstd.Decoder
}

// otherCodecs are not used for logs; the library has no bound for what they
// decompress to.
var otherCodecs = map[format.CompressionCodec]string{
	format.LZO: "lzo", format.Brotli: "brotli", format.Lz4: "lz4", format.Lz4Raw: "lz4",
}

// page checks that the page that ends at an offset has the size it states.
func (c *pageCheck) page(in *storedAt, codec format.CompressionCodec, h *format.PageHeader, end int64) error {
	stored, size := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	if v2 := &h.DataPageHeaderV2; v2.Valid { // its levels come first, and are not compressed
		levels := int64(v2.V.RepetitionLevelsByteLength) + int64(v2.V.DefinitionLevelsByteLength)
		if levels < 0 || levels > stored || levels > size {
			return errCorrupt
		}
		stored, size = stored-levels, size-levels
		if c := v2.V.IsCompressed; c.Valid && !c.V {
			codec = format.Uncompressed
		}
	}
	n, err := c.measure(io.NewSectionReader(in, end-stored, stored), codec, size)
	if err != nil {
		return err
	}
	if n != size {
		return errCorrupt
	}
	return nil
}

// measure returns the size of decompressed data, and a larger one than the limit
// when it is larger.
func (c *pageCheck) measure(data *io.SectionReader, codec format.CompressionCodec, limit int64) (n int64, err error) {
	var from io.Reader
	switch {
	case data.Size() == 0:
		return 0, nil
	case codec == format.Snappy:
		var head [binary.MaxVarintLen64]byte
		k, err := data.ReadAt(head[:], 0)
		if err != nil && err != io.EOF {
			return 0, err
		}
		size, used := binary.Uvarint(head[:k])
		if used <= 0 || size > math.MaxInt32 {
			return 0, errCorrupt
		}
		return int64(size), nil
	case codec == format.Gzip:
		if c.gzip == nil {
			c.gzip = new(gzip.Reader)
		}
		from, err = c.gzip, c.gzip.Reset(data)
	case codec == format.Zstd:
		if c.zstd == nil {
			if c.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err != nil {
				return 0, err
			}
		}
		from, err = c.zstd, c.zstd.Reset(data)
	default:
		return data.Size(), nil
	}
	if err != nil {
		return 0, err
	}
	return io.Copy(io.Discard, io.LimitReader(from, limit+1))
}

// close frees what the checks used.
func (c *pageCheck) close() {
	if c.zstd != nil {
		c.zstd.Close()
	}
}

// What is read for a page's header, first and at most: it may hold the least
// and the greatest value.
const (
	headerSize    = 512
	maxHeaderSize = 1 << 20
)

// readPageHeader returns the header of the page at an offset, and its length.
func readPageHeader(in *storedAt, at, end int64) (h format.PageHeader, n int64, err error) {
	for size := int64(headerSize); ; size *= 8 {
		data := make([]byte, min(size, end-at))
		if _, err := in.ReadAt(data, at); err != nil {
			return h, 0, err
		}
		n, ok := thriftStructEnd(data)
		if ok {
			var compact thrift.CompactProtocol
			err = thrift.NewDecoder(compact.NewReaderFromBytes(data[:n])).Decode(&h)
			return h, int64(n), err
		}
		if size >= maxHeaderSize || int64(len(data)) == end-at {
			return h, 0, errCorrupt
		}
	}
}
