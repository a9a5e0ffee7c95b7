package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and tell all mistakes at once",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err == nil {
				err = relayConfig(c).Validate()
			}
			if err != nil {
				return coded(exitFailure, err)
			}
			destinations := 0
			for _, s := range c.Streams {
				destinations += len(s.Destinations)
			}
			_, err = fmt.Fprintf(a.out, "%s is fine: %s, %s\n", a.config, count(len(c.Streams), "stream"), count(destinations, "destination"))
			return err
		},
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
