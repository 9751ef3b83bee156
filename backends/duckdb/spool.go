//go:build cgo

package duckdb

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/files"
)

// spool replaces standard input, which can be read only once, by a copy in the
// folder temp, as often read as there are statements. Its name stays.
func spool(ctx context.Context, list []files.File, stdin io.Reader, temp string) ([]files.File, error) {
	i := slices.IndexFunc(list, func(f files.File) bool { return f.Path == files.Stdin })
	if i < 0 {
		return list, nil
	}
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	path := filepath.Join(temp, "stdin")
	size, err := copyTo(path, cancellable{ctx, stdin})
	if err != nil {
		return nil, fmt.Errorf("copy standard input to a temporary file: %w", err)
	}
	list = slices.Clone(list)
	list[i].Path, list[i].Size = path, size
	return list, nil
}

func copyTo(path string, from io.Reader) (int64, error) {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, from)
	if closing := to.Close(); err == nil {
		err = closing
	}
	return n, err
}

// cancellable ends reading with the context, between two reads.
type cancellable struct {
	ctx context.Context
	in  io.Reader
}

func (c cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(p)
}
