// Command sigmahunt compiles Sigma rules into the queries that AWS teams run,
// and runs them over log files.
package main

import (
	"os"
	"runtime/debug"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
)

// gcPercent trades memory, of which a scan needs little, for speed.
const gcPercent = 200

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(cli.Main(all.Engines, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
