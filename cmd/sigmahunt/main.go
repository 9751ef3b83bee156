// Command sigmahunt compiles Sigma rules into the queries that AWS teams run,
// and runs them over log files.
package main

import (
	"os"

	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
