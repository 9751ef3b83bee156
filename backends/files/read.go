package files

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// records is a stream of records: a record.Scanner, lineReader or parquetRows.
type records interface {
	Next() bool
	Record() *record.Record
	Err() error
	Bytes() int64
}

// reader reads one file after the other, with the same buffers.
type reader struct {
	ctx    context.Context
	opt    *Options
	ahead  bool   // read ahead of what is used
	idle   func() // called before standard input is waited for; may be nil
	unpack *unpacker
	head   []byte
	json   *record.Scanner
	lines  *lineReader
	kinds  []*lineKind
	known  *Recognizer
	pages  pageCheck
	file   File
	told   string // the source of all records of the file; empty: recognised record by record
	stats  Stats  // of the current file
}

func newReader(ctx context.Context, opt *Options, ahead bool) *reader {
	return &reader{ctx: ctx, opt: opt, ahead: ahead, unpack: new(unpacker), head: make([]byte, headSize), kinds: lineKinds(), known: NewRecognizer()}
}

func (r *reader) close() {
	r.unpack.close()
	r.pages.close()
}

// each is called for each record of a file and says whether to go on.
type each func(*record.Record, Position) bool

// read reads a file from end to end and gives the account of it. number is the
// file's place in the list.
func (r *reader) read(f File, number int, visit each) *Stats {
	r.file, r.told, r.stats = f, "", Stats{Sources: map[string]int64{}}
	content, closeFile, err := r.open(f)
	if err != nil {
		r.problem(Unreadable, reasonOf(err))
		return &r.stats
	}
	r.stats.Files = 1
	in, err := r.split(content)
	if in != nil {
		r.records(in, number, visit)
		err = in.Err()
	}
	r.failed(err)
	r.stats.Compressed = r.unpack.read.Load()
	closeFile()
	return &r.stats
}

// open returns the file's decompressed content, and a Parquet file as the *os.File
// that it is.
func (r *reader) open(f File) (io.Reader, func(), error) {
	if f.Path == Stdin {
		return r.openStdin()
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, err
	}
	if isParquet(file) {
		return file, func() { file.Close() }, nil
	}
	r.unpack.reset(r.ctx, file, r.opt)
	if !r.ahead {
		return r.unpack, func() { file.Close() }, nil
	}
	a := readAhead(r.ctx, r.unpack, blockSize/2)
	return a, func() { a.close(); <-a.ended; file.Close() }, nil
}

// openStdin always reads ahead: nothing can break off a read of standard input,
// so when there is no more use for it, it is left to the goroutine, with the
// buffers that this one works on.
func (r *reader) openStdin() (io.Reader, func(), error) {
	in := r.opt.Stdin
	if in == nil {
		in = strings.NewReader("")
	}
	r.unpack.reset(r.ctx, in, r.opt)
	a := readAhead(r.ctx, r.unpack, 1)
	a.idle = r.idle
	return a, func() {
		a.close()
		select {
		case <-a.ended:
		default:
			r.unpack = new(unpacker)
		}
	}, nil
}

// split recognises what a file holds and returns its records; none, and nil or an
// error, where it has none.
func (r *reader) split(content io.Reader) (records, error) {
	if file, ok := content.(*os.File); ok {
		return r.splitRows(file)
	}
	h, err := r.readHead(content)
	r.stats.Bytes = int64(len(h.text))
	in := &prefixed{h.text, content, err}
	switch {
	case h.is == jsonContent:
		return r.splitJSON(in), nil
	case h.is == exportContent:
		return r.splitJSON(&exported{in: in}), nil
	case h.is == lineContent:
		return r.splitLines(in, h.kind), nil
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case h.is == parquetContent:
		r.problem(Foreign, "Parquet inside a stream: give it as a file that is not compressed")
	case h.is == emptyContent:
		r.problem(Empty, "nothing in it")
	default:
		r.problem(Foreign, h.reason)
	}
	return nil, nil
}

func (r *reader) splitJSON(in io.Reader) records {
	if r.json == nil {
		r.json = new(record.Scanner)
	}
	r.json.Reset(in, record.ScanOptions{MaxRecord: r.opt.MaxRecord, Problem: r.broken})
	return r.json
}

func (r *reader) splitLines(in io.Reader, kind *lineKind) records {
	if r.lines == nil {
		r.lines = new(lineReader)
	}
	r.lines.reset(in, kind, r.broken)
	r.told = cmp.Or(r.opt.Source, kind.source.Name)
	return r.lines
}

func (r *reader) splitRows(file *os.File) (records, error) {
	rows, err := openParquet(file, r.opt.Source)
	r.unpack.read.Store(0)
	if err != nil {
		return nil, err // a nil *parquetRows is no nil
	}
	r.unpack.read.Store(rows.in.size)
	rows.limit(r.opt)
	rows.check = &r.pages
	rows.problem = func(kind ProblemKind, reason string) {
		r.stats.report(Problem{Kind: kind, File: r.file.Name, Records: rows.given, Reason: reason})
	}
	r.told = rows.table.source
	return rows, nil
}

// head is the beginning of a file's content, and what was recognised in it.
type head struct {
	text   []byte
	is     content
	kind   *lineKind // of lines
	reason string    // why an unknown content is not a log
}

// readHead reads as much of the content as it takes to recognise it.
func (r *reader) readHead(content io.Reader) (h head, err error) {
	for n := 0; ; {
		var more int
		more, err = content.Read(r.head[n:])
		n += more
		h.text = r.head[:n]
		h.is, h.kind, h.reason = contentOf(h.text, err != nil, r.kinds)
		if h.is != unknownContent || err != nil || n == len(r.head) {
			return h, err
		}
	}
}

// prefixed is a reader whose first bytes were read already, and whose error,
// when there is one, came with them.
type prefixed struct {
	head []byte
	rest io.Reader
	err  error
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.rest.Read(b)
}

// records hands on the records of a stream.
func (r *reader) records(in records, number int, visit each) {
	at := Position{File: r.file.Name, Number: number}
	counted := 0 // records up to which Sources counts
	for in.Next() {
		rec := in.Record()
		source := r.told
		if source == "" {
			source = r.source(rec)
		}
		if source != at.Source {
			r.count(at.Source, at.Index-counted)
			counted, at.Source = at.Index, source
		}
		more := visit(rec, at)
		at.Index++
		if !more {
			break
		}
	}
	r.count(at.Source, at.Index-counted)
	r.stats.Bytes = in.Bytes()
}

// count adds records of a source.
func (r *reader) count(source string, n int) {
	if n > 0 {
		r.stats.Events += int64(n)
		r.stats.Sources[source] += int64(n)
	}
}

// source returns a record's source and brings it into the form that the source's
// rules are written for.
func (r *reader) source(rec *record.Record) string {
	source := r.known.SourceOf(rec)
	if source == "" {
		r.known.exportForm(rec)
		source = r.known.SourceOf(rec)
	}
	if r.opt.Source != "" {
		return r.opt.Source
	}
	return source
}

func (r *reader) problem(kind ProblemKind, reason string) {
	r.stats.report(Problem{Kind: kind, File: r.file.Name, Records: r.stats.Events, Reason: reason})
}

// failed reports what ended a file's content early. That all was cancelled is
// no problem of the file.
func (r *reader) failed(err error) {
	if err == nil || r.ctx.Err() != nil {
		return
	}
	kind, reason := Unreadable, reasonOf(err)
	if c := (*contentError)(nil); errors.As(err, &c) {
		kind, reason = c.kind, c.reason
	}
	r.problem(kind, reason)
}

// broken reports what a scanner could not read. A first line is no place: most
// files are one line.
func (r *reader) broken(p record.Problem) {
	line := p.Line
	if line == 1 {
		line = 0
	}
	r.stats.report(Problem{
		Kind: brokenKinds[p.Kind], File: r.file.Name, Line: line, Offset: p.Offset, Records: p.Records, Reason: p.Text(),
	})
}

var brokenKinds = map[record.ProblemKind]ProblemKind{
	record.Broken: Broken, record.Oversized: Oversized, record.Truncated: Truncated, record.Lost: Lost,
}
