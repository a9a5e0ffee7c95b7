package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hawker-live/hawker/config"
	"github.com/spf13/cobra"
)

// app is what every command shares.
type app struct {
	in       io.Reader
	out, err io.Writer
	config   string // -c, HAWKER_CONFIG or hawker.yaml
}

const defaultConfig = "hawker.yaml"

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut}
	root := a.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	tell(errOut, err)
	return exitCode(err)
}

// tell prints an error. Mistakes in the configuration get a line each that
// begins with file:line:column, so that editors can jump there.
func tell(w io.Writer, err error) {
	var mistakes config.Errors
	switch {
	case err == nil:
	case errors.As(err, &mistakes) && err.Error() == mistakes.Error():
		_, _ = fmt.Fprintf(w, "Error: the configuration has %s:\n%v\n", count(len(mistakes), "mistake"), err)
	default:
		_, _ = fmt.Fprintln(w, "Error:", err)
	}
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "hawker",
		Short: "One stream in, every platform out",
		Long: `Hawker takes the stream of one encoder, such as OBS, and relays it to every platform.

Start with "hawker demo" to see it work, or "hawker serve" to use it.

` + exitCodeHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w\nSee: %s --help", err, cmd.CommandPath())
	})
	root.PersistentFlags().StringVarP(&a.config, "config", "c", configFromEnvironment(), "configuration `file` (environment: HAWKER_CONFIG)")
	root.AddCommand(a.initCommand(), a.serveCommand(), a.demoCommand(), a.streamCommand(), a.destinationCommand(),
		a.offerCommand(), a.bannerCommand(), a.overlayCommand(), a.chatCommand(), a.checkCommand(), a.statusCommand(), a.versionCommand())
	return root
}

// self is how a command that is shown for copying must begin to mean this
// configuration.
func (a *app) self() string {
	if a.config == configFromEnvironment() {
		return "hawker"
	}
	return "hawker -c " + a.config
}

func configFromEnvironment() string {
	if c := os.Getenv("HAWKER_CONFIG"); c != "" {
		return c
	}
	return defaultConfig
}

// noArguments and exactly are cobra's checks with exit code 2 and words that help.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		text := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), args[0])
		cmd.SuggestionsMinimumDistance = 2 // typing mistakes, below the root too
		if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
			text += "; did you mean " + strings.Join(s, " or ") + "?"
		}
		return usagef("%s\nSee: %s --help", text, cmd.CommandPath())
	}
	return usagef("%s takes no arguments\nSee: %s --help", cmd.CommandPath(), cmd.CommandPath())
}

func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return usagef("%s takes %s; got %s\nUsage: %s", cmd.CommandPath(), strings.Join(names, " and "), count(len(args), "argument"), cmd.UseLine())
	}
}
