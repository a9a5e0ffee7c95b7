package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
	"github.com/spf13/cobra"
)

func (a *app) streamCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stream",
		Short: "Configure streams",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.streamAddCommand(), a.streamListCommand(), a.streamRemoveCommand(), a.streamRotateCommand())
	return cmd
}

func (a *app) streamAddCommand() *cobra.Command {
	var keyFile string
	var keyStdin bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a stream with a new random key",
		Args:  exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := a.newOrGivenKey(keyFile, keyStdin)
			if err != nil {
				return err
			}
			if err := a.edit(func(d *config.Doc) error { return d.AddStream(args[0], key) }); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "Added stream %s. Show its key with: %s stream list --show-keys\n", args[0], a.self())
			return err
		},
	}
	addKeyFlags(cmd, &keyFile, &keyStdin)
	return cmd
}

func addKeyFlags(cmd *cobra.Command, file *string, stdin *bool) {
	cmd.Flags().StringVar(file, "key-file", "", "take the key from a `file` instead of making one")
	cmd.Flags().BoolVar(stdin, "key-stdin", false, "take the key from standard input instead of making one")
}

func (a *app) newOrGivenKey(file string, stdin bool) (secret.Secret, error) {
	switch {
	case file != "" && stdin:
		return secret.Secret{}, usagef("give --key-file or --key-stdin, not both")
	case file == "" && !stdin:
		return config.NewKey(), nil
	}
	return a.readKey("Stream key for the encoder", file)
}

func (a *app) streamListCommand() *cobra.Command {
	var showKeys bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the streams, and with --show-keys their keys",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(t, "STREAM\tDESTINATIONS\tSTREAM KEY")
			for _, s := range c.Streams {
				key := s.Key.String()
				if showKeys {
					key = s.Key.Reveal()
				}
				_, _ = fmt.Fprintf(t, "%s\t%d\t%s\n", s.Name, len(s.Destinations), key)
			}
			return t.Flush()
		},
	}
	cmd.Flags().BoolVar(&showKeys, "show-keys", false, "show the stream keys; whoever sees one can go live in your name")
	return cmd
}

func (a *app) streamRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a stream and its destinations; a running server ends it",
		Args:  exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.edit(func(d *config.Doc) error { return d.RemoveStream(args[0]) }); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "Removed stream %s\n", args[0])
			return err
		},
	}
}

func (a *app) streamRotateCommand() *cobra.Command {
	var keyFile string
	var keyStdin bool
	cmd := &cobra.Command{
		Use:   "rotate-key NAME",
		Short: "Give a stream a new key; the old one works no more",
		Long:  "Give a stream a new key. The old one works no more, but an encoder that is live with it stays live\nuntil it disconnects.",
		Args:  exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := a.newOrGivenKey(keyFile, keyStdin)
			if err != nil {
				return err
			}
			if err := a.setStreamKey(args[0], key); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "Stream %s has a new key. Show it with: %s stream list --show-keys\n", args[0], a.self())
			return err
		},
	}
	addKeyFlags(cmd, &keyFile, &keyStdin)
	return cmd
}

// setStreamKey puts the key where the old one stands: in the configuration or in
// the stream's key file. One from the environment is not ours to change.
func (a *app) setStreamKey(name string, key secret.Secret) error {
	err := a.edit(func(d *config.Doc) error { return d.SetStreamKey(name, key) })
	if !errors.Is(err, config.ErrKeyElsewhere) {
		return err
	}
	c, loadErr := a.load()
	if loadErr != nil {
		return loadErr
	}
	for _, s := range c.Streams {
		if s.Name == name && s.KeyFile != "" {
			return config.WriteKeyFile(s.KeyFile, key)
		}
	}
	return err
}
