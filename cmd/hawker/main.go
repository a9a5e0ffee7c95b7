// Command hawker relays one live stream to every platform. This package holds
// the command line, signals, wiring of the rooms, and exit codes; it holds no
// logic of its own that a package could.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// The second signal finds the default handler again, and ends the process
	// at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
