package files

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// storedSize is what is read from a file at once.
const storedSize = 64 << 10

// unpacker reads a file's content, decompressed where it begins as gzip or
// zstd. Its errors but for io.EOF and those of the context are *contentErrors.
// It is used for file after file, so that the decompressors' tables are made
// once.
type unpacker struct {
	ctx      context.Context
	progress func(int64)
	limit    int64
	file     io.Reader
	fileErr  error         // what the file itself failed with
	stored   *bufio.Reader // of file
	gzip     *gzip.Reader
	zstd     *zstd.Decoder
	from     io.Reader    // what Read reads; nil before the first time
	packed   string       // name of the compression, or empty
	read     atomic.Int64 // bytes as stored
	expanded int64        // bytes given
}

// contentError says why a file's content ends early.
type contentError struct {
	kind   ProblemKind
	reason string
}

func (e *contentError) Error() string { return e.reason }

func (u *unpacker) reset(ctx context.Context, file io.Reader, opt *Options) {
	u.ctx, u.file, u.progress = ctx, file, opt.Progress
	if u.limit = opt.MaxExpand; u.limit <= 0 {
		u.limit = DefaultMaxExpand
	}
	if u.stored == nil {
		u.stored = bufio.NewReaderSize(nil, storedSize)
	}
	u.stored.Reset(storedReader{u})
	u.from, u.fileErr, u.packed, u.expanded = nil, nil, "", 0
	u.read.Store(0)
}

// storedReader counts what is read from the file.
type storedReader struct{ u *unpacker }

func (s storedReader) Read(p []byte) (int, error) {
	n, err := s.u.file.Read(p)
	s.u.read.Add(int64(n))
	if s.u.progress != nil && n > 0 {
		s.u.progress(int64(n))
	}
	if err != nil && err != io.EOF {
		s.u.fileErr = err
	}
	return n, err
}

func (u *unpacker) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	if u.from == nil {
		if err := u.begin(); err != nil {
			return 0, u.explain(err)
		}
	}
	n, err := u.from.Read(p)
	u.expanded += int64(n)
	if u.packed != "" && u.expanded > u.limit && u.expanded/maxRatio > u.read.Load() {
		return n, &contentError{Bomb, fmt.Sprintf("expands to more than %d bytes and to more than %d times its size", u.limit, maxRatio)}
	}
	return n, u.explain(err)
}

// begin looks at the first bytes for the compression.
func (u *unpacker) begin() (err error) {
	magic, err := u.stored.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case len(magic) >= 2 && string(magic[:2]) == gzipMagic:
		u.packed = "gzip"
		if u.gzip == nil {
			u.gzip = new(gzip.Reader)
		}
		u.from = u.gzip
		if err = u.gzip.Reset(u.stored); errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	case string(magic) == zstdMagic:
		u.packed = "zstd"
		if u.zstd == nil {
			u.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
			if err != nil {
				return err
			}
		}
		u.from = u.zstd
		return u.zstd.Reset(u.stored)
	}
	u.from = u.stored
	return nil
}

// explain turns what a decompressor or the file failed with into a
// contentError.
func (u *unpacker) explain(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case u.fileErr != nil && u.ctx.Err() != nil:
		return u.ctx.Err()
	case u.fileErr != nil:
		return &contentError{Unreadable, reasonOf(u.fileErr)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &contentError{Damaged, "the " + u.packed + " data ends early"}
	case errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zstd.ErrCRCMismatch):
		return &contentError{Damaged, "the checksum of the " + u.packed + " data does not match"}
	case errors.Is(err, gzip.ErrHeader) && u.expanded > 0:
		return &contentError{Damaged, "something that is not gzip follows the gzip data"}
	}
	return &contentError{Damaged, "the " + u.packed + " data is corrupt"}
}

// close frees what reset will not.
func (u *unpacker) close() {
	if u.zstd != nil {
		u.zstd.Close()
	}
}
