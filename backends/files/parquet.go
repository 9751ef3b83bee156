package files

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

const parquetMagic = "PAR1"

// isParquet reports whether an open file is one of Parquet. A pipe is not: it
// cannot be read from the end.
func isParquet(f *os.File) bool {
	var magic [len(parquetMagic)]byte
	_, err := f.ReadAt(magic[:], 0)
	return err == nil && string(magic[:]) == parquetMagic
}

// parquetRows are the rows of a Parquet file as records: see table for how.
// Its row groups are read one after the other, and one that cannot be read
// does not hide the next.
type parquetRows struct {
	in       *storedAt
	file     *parquet.File
	table    *table
	check    *pageCheck
	problem  func(kind ProblemKind, reason string)
	progress func(int64)

	maxRecord int   // bytes of a record
	maxExpand int64 // see DefaultMaxExpand

	group  int          // number of the next row group
	rows   parquet.Rows // of the row group before it; nil between row groups
	left   int64        // rows of it that are not read
	batch  []parquet.Row
	unread []parquet.Row // of batch

	rec   record.Record
	given int64 // records
	bytes int64 // of them
	read  int64 // rows read
	told  int64 // bytes of progress
	err   error
}

// batchRows is how many rows are decoded at once.
const batchRows = 128

// parquetRatio takes the place of maxRatio for Parquet. Names are stored once
// and written with every record, and a column that does not change takes next
// to nothing, so honest files expand more than compressed text does.
const parquetRatio = 20 * maxRatio

// openParquet reads what a Parquet file says of itself. source is that of its
// records, empty when the columns are to tell. The error is a *contentError.
func openParquet(f *os.File, source string) (p *parquetRows, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, &contentError{Unreadable, reasonOf(err)}
	}
	in := &storedAt{file: f, size: info.Size()}
	p = &parquetRows{in: in, batch: make([]parquet.Row, batchRows)}
	defer p.catch(&err, "the Parquet footer is corrupt")
	schema, err := checkFooter(in)
	if err != nil {
		return nil, in.explain(err, "the Parquet footer is corrupt")
	}
	// The page index and the Bloom filters are of no use to a reader of all rows.
	p.file, err = parquet.OpenFile(in, in.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(storedSize))
	if err != nil {
		return nil, in.explain(err, "the Parquet footer is corrupt")
	}
	p.table = newTable(schema, source)
	return p, nil
}

// limit takes over what the options say.
func (p *parquetRows) limit(opt *Options) {
	if p.maxRecord = opt.MaxRecord; p.maxRecord <= 0 {
		p.maxRecord = record.DefaultMaxRecord
	}
	if p.maxExpand = opt.MaxExpand; p.maxExpand <= 0 {
		p.maxExpand = DefaultMaxExpand
	}
	p.progress = opt.Progress
}

// catch turns a panic into an error. The library trusts counts and offsets that
// it finds inside pages in many places, and panics where they lead nowhere:
// a corrupt file must not end the hunt.
func (p *parquetRows) catch(err *error, reason string) {
	if recover() != nil {
		*err = &contentError{Damaged, reason}
	}
}

func (p *parquetRows) Record() *record.Record { return &p.rec }
func (p *parquetRows) Err() error             { return p.err }
func (p *parquetRows) Bytes() int64           { return p.bytes }

// Next finds the next row that is a record.
func (p *parquetRows) Next() bool {
	for p.err == nil {
		for len(p.unread) > 0 {
			row := p.unread[0]
			p.unread = p.unread[1:]
			if p.record(row) {
				return true
			}
			if p.err != nil {
				return false
			}
		}
		if p.rows == nil && p.group == len(p.file.RowGroups()) {
			p.tell(p.in.size)
			return false
		}
		if err := p.more(); err != nil {
			p.drop(err)
		}
	}
	return false
}

// record makes the record of a row. A row that is none is reported.
func (p *parquetRows) record(row parquet.Row) bool {
	p.read++
	switch err := p.assemble(row); {
	case errors.Is(err, errOversized):
		p.problem(Oversized, fmt.Sprintf("a row larger than %d bytes", p.maxRecord))
		return false
	case err != nil:
		p.drop(err)
		return false
	}
	p.given++
	p.bytes += int64(len(p.rec.Raw))
	if p.bytes > p.maxExpand && p.bytes/parquetRatio > p.in.size {
		p.err = &contentError{Bomb, fmt.Sprintf("expands to more than %d bytes and to more than %d times its size", p.maxExpand, parquetRatio)}
		return false
	}
	return true
}

func (p *parquetRows) assemble(row parquet.Row) (err error) {
	defer p.catch(&err, errCorrupt.Error())
	return p.table.record(&p.rec, row, p.maxRecord)
}

// more reads the next batch of rows, of the next row group when there is no
// current one.
func (p *parquetRows) more() (err error) {
	defer p.catch(&err, errCorrupt.Error())
	if p.rows == nil {
		group := p.file.RowGroups()[p.group]
		p.group++
		if group.NumRows() == 0 {
			return nil
		}
		if err := p.check.group(p.in, &p.file.Metadata().RowGroups[p.group-1]); err != nil {
			return err
		}
		p.rows, p.left = group.Rows(), group.NumRows()
	}
	n, err := p.rows.ReadRows(p.batch)
	p.unread = p.batch[:n]
	p.left -= int64(n)
	if total := p.file.NumRows(); total > 0 {
		p.tell(int64(float64(p.in.size) * min(1, float64(p.read)/float64(total))))
	}
	switch {
	case err == nil && n == 0, errors.Is(err, io.EOF) && p.left != 0, p.left < 0:
		return errCorrupt
	case errors.Is(err, io.EOF):
		p.close()
		return nil
	}
	return err
}

// tell reports progress up to so many bytes of the file.
func (p *parquetRows) tell(bytes int64) {
	if p.progress != nil && bytes > p.told {
		p.progress(bytes - p.told)
	}
	p.told = max(p.told, bytes)
}

// drop reports a row group that cannot be read on, and goes on behind it.
func (p *parquetRows) drop(err error) {
	c := p.in.explain(err, errCorrupt.Error())
	p.problem(c.kind, fmt.Sprintf("row group %d of %d: %s", p.group, len(p.file.RowGroups()), c.reason))
	p.unread = nil
	p.close()
}

// close ends the reading of a row group.
func (p *parquetRows) close() {
	var err error // there is nothing to do about it: the rows were read, or are lost anyway
	defer p.catch(&err, "")
	if rows := p.rows; rows != nil {
		p.rows = nil
		rows.Close()
	}
}

// storedAt keeps apart the errors of the file itself and those of its content.
type storedAt struct {
	file *os.File
	size int64
	err  error // what the file failed with
}

func (s *storedAt) ReadAt(b []byte, at int64) (int, error) {
	n, err := s.file.ReadAt(b, at)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// explain returns the error of the file when it has failed, err when it says
// itself what is wrong, and otherwise what the content is then.
func (s *storedAt) explain(err error, reason string) *contentError {
	if s.err != nil {
		return &contentError{Unreadable, reasonOf(s.err)}
	}
	if c := (*contentError)(nil); errors.As(err, &c) {
		return c
	}
	return &contentError{Damaged, reason}
}

// footerSize reads the length of the metadata at the file's end.
func (s *storedAt) footerSize() (int64, error) {
	var tail [8]byte
	if s.size < int64(len(tail)+len(parquetMagic)) {
		return 0, &contentError{Damaged, "the Parquet file ends early"}
	}
	if _, err := s.ReadAt(tail[:], s.size-int64(len(tail))); err != nil {
		return 0, err
	}
	if string(tail[4:]) != parquetMagic {
		return 0, &contentError{Damaged, "the Parquet file ends early"}
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > s.size-int64(len(tail)+len(parquetMagic)) {
		return 0, errCorrupt
	}
	return n, nil
}
