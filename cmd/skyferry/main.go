// Command skyferry is the console, its demo, its sandboxes and its small tools: one file for each command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes that scripts rely on.
const (
	exitGood   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the console."`
	Demo    demoCommand    `cmd:"" help:"Run a console, two sandbox tenants and a small site, to try everything out."`
	Sandbox sandboxCommand `cmd:"" help:"Run a sandbox tenant or repository of your own, for rehearsal."`
	Rule    ruleCommand    `cmd:"" help:"Work with rule conditions."`
	Policy  policyCommand  `cmd:"" help:"Work with distribution policies."`
	Backup  backupCommand  `cmd:"" help:"Write a consistent copy of the database, while the console runs or not."`
}

// terminal is where a command writes what scripts read, and what people read.
type terminal struct {
	out, err io.Writer
	in       io.Reader
	env      func(string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], terminal{out: os.Stdout, err: os.Stderr, in: os.Stdin, env: os.Getenv})
	stop()
	os.Exit(code)
}

// run parses the arguments and runs the command; errors are one line on stderr.
func run(ctx context.Context, args []string, t terminal) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("skyferry"), kong.Description("Carries published Qlik Sense apps to Qlik Cloud tenants."),
		kong.Writers(t.out, t.err), kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t))
	if err != nil {
		return complain(t, err, exitFailed)
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help was asked for
	}
	if err != nil {
		return complain(t, fmt.Errorf("%w; see skyferry --help", err), exitUsage)
	}
	switch err := command.Run(); {
	case err == nil:
		return exitGood
	case errors.Is(err, errSaid):
		return exitFailed
	case errors.Is(err, errUnreadable):
		return complain(t, err, exitUsage)
	default:
		return complain(t, err, exitFailed)
	}
}

// errSaid ends a command with exit code 1 after it has said itself what is wrong.
var errSaid = errors.New("said already")

func complain(t terminal, err error, code int) int {
	fmt.Fprintf(t.err, "skyferry: %v\n", err)
	return code
}
