package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/spf13/cobra"
)

func (a *app) streamCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stream",
		Short: "Configure streams",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.streamAddCommand(), a.streamListCommand(), a.streamRemoveCommand(), a.streamRotateCommand(), a.streamSwitchCommand())
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
			_, _ = fmt.Fprintln(t, "STREAM\tDESTINATIONS\tSTREAM KEY\tBACKUP KEY")
			for _, s := range c.Streams {
				_, _ = fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", s.Name, len(s.Destinations), shownKey(s.Key, showKeys), shownKey(s.BackupKey, showKeys))
			}
			return t.Flush()
		},
	}
	cmd.Flags().BoolVar(&showKeys, "show-keys", false, "show the stream keys; whoever sees one can go live in your name")
	return cmd
}

func shownKey(k secret.Secret, reveal bool) string {
	switch {
	case k.Empty():
		return "-"
	case reveal:
		return k.Reveal()
	}
	return k.String()
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
	var keyStdin, backup bool
	cmd := &cobra.Command{
		Use:   "rotate-key NAME",
		Short: "Give a stream a new key; the old one works no more",
		Long: `Give a stream a new key. The old one works no more, but an encoder that is live with it stays live
until it disconnects. With --backup it is the key of a second encoder, which stands by and goes on
air when the first is lost.`,
		Args: exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := a.newOrGivenKey(keyFile, keyStdin)
			if err != nil {
				return err
			}
			set, file, what := (*config.Doc).SetStreamKey, func(s config.Stream) string { return s.KeyFile }, "key"
			if backup {
				set, file, what = (*config.Doc).SetBackupKey, func(s config.Stream) string { return s.BackupKeyFile }, "backup key"
			}
			if err := a.setStreamKey(args[0], key, set, file); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "Stream %s has a new %s. Show it with: %s stream list --show-keys\n", args[0], what, a.self())
			return err
		},
	}
	cmd.Flags().BoolVar(&backup, "backup", false, "the key of the backup encoder, which the stream may not have had")
	addKeyFlags(cmd, &keyFile, &keyStdin)
	return cmd
}

func (a *app) streamSwitchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "switch NAME primary|backup",
		Short: "Put the primary or the backup encoder of a running stream on air",
		Long: `Put the primary or the backup encoder of a running stream on air, at its next keyframe. It
stays there until it is lost or you switch again. The backup is the encoder that publishes
with the stream's backup_key.`,
		Args: exactly("NAME", "SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			role := relay.Role(args[1])
			if role != relay.Primary && role != relay.Backup {
				return usagef("the source is primary or backup, not %q", args[1])
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			if err := client.Switch(cmd.Context(), args[0], role); err != nil {
				return serverError(err)
			}
			_, err = fmt.Fprintf(a.out, "Stream %s goes over to its %s encoder at the next keyframe\n", args[0], role)
			return err
		},
	}
}

// setStreamKey puts the key where the old one stands: in the configuration or in
// the stream's key file. One from the environment is not ours to change.
func (a *app) setStreamKey(name string, key secret.Secret, set func(*config.Doc, string, secret.Secret) error, file func(config.Stream) string) error {
	err := a.edit(func(d *config.Doc) error { return set(d, name, key) })
	if !errors.Is(err, config.ErrKeyElsewhere) {
		return err
	}
	c, loadErr := a.load()
	if loadErr != nil {
		return loadErr
	}
	for _, s := range c.Streams {
		if s.Name == name && file(s) != "" {
			return config.WriteKeyFile(file(s), key)
		}
	}
	return err
}
