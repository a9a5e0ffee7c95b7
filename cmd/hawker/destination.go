package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/platform"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/spf13/cobra"
)

func (a *app) destinationCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "destination",
		Aliases: []string{"dest"},
		Short:   "Configure, test and steer destinations",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.destinationAddCommand(), a.destinationListCommand(), a.destinationRemoveCommand(),
		a.destinationSwitchCommand("enable", true), a.destinationSwitchCommand("disable", false),
		a.destinationRetryCommand(), a.destinationTestCommand())
	return cmd
}

func (a *app) destinationAddCommand() *cobra.Command {
	var d config.Dest
	var keyFile string
	cmd := &cobra.Command{
		Use:   "add STREAM NAME",
		Short: "Add a destination; asks for its stream key",
		Long: `Add a destination to a stream. Its key is asked for, or comes from standard input, or from a file.

Platforms: ` + platformList() + `

  hawker destination add main youtube --platform youtube
  hawker destination add main shop --url rtmps://live.example.com/app --key-file shop.key`,
		Args: exactly("STREAM", "NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			if d.Platform == "" && d.URL == "" {
				return usagef("a destination needs --platform or --url. Platforms: %s", platformList())
			}
			if err := knownPlatform(d.Platform); err != nil {
				return err
			}
			if p, _ := platform.Lookup(d.Platform); p.NeedsURL && d.URL == "" {
				return usagef("%s gives each streamer a server of their own: add it with --url. %s", p.Name, p.FindURL)
			}
			if _, err := os.Stat(a.config); err != nil { // before anybody types a key for nothing
				return a.configError(err)
			}
			key, err := a.readKey("Stream key of "+args[1], keyFile)
			if err != nil {
				return err
			}
			d.Name, d.Key = args[1], key
			if err := a.edit(func(doc *config.Doc) error { return doc.AddDestination(args[0], d) }); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "Added %s to stream %s. Try it: %s destination test %s %s\n", args[1], args[0], a.self(), args[0], args[1])
			return err
		},
	}
	cmd.Flags().StringVarP(&d.Platform, "platform", "p", "", "a known `platform`")
	cmd.Flags().StringVarP(&d.URL, "url", "u", "", "server `URL`, rtmp://HOST/APP or rtmps://HOST/APP, without the key")
	cmd.Flags().StringVar(&keyFile, "key-file", "", "take the key from a `file`")
	cmd.Flags().DurationVar(&d.Delay, "delay", 0, "send this much later, such as 5s")
	cmd.Flags().BoolVar(&d.Disabled, "disabled", false, "do not send until it is enabled")
	return cmd
}

func platformList() string {
	var ids []string
	for _, p := range platform.All() {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, ", ")
}

func knownPlatform(id string) error {
	if id == "" {
		return nil
	}
	if _, ok := platform.Lookup(id); ok {
		return nil
	}
	text := fmt.Sprintf("there is no platform %q", id)
	if s := platform.Suggest(id); s != "" {
		text += fmt.Sprintf("; did you mean %s?", s)
	}
	return usagef("%s\nKnown: %s; for others use --url", text, platformList())
}

func (a *app) destinationListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the destinations of all streams",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			_, _ = fmt.Fprintln(t, "STREAM\tDESTINATION\tPLATFORM\tSERVER\tENABLED\tDELAY")
			for _, s := range c.Streams {
				for _, d := range s.Destinations {
					_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%v\t%v\n", s.Name, d.Name, orDash(d.Platform), shownServer(d), d.Enabled, d.Delay)
				}
			}
			return t.Flush()
		},
	}
}

// shownServer is a destination's server without what may be a key that was
// pasted into url: a platform's own server is shown whole, of others the host.
func shownServer(d config.Destination) string {
	if p, _ := platform.Lookup(d.Platform); p.Server != "" && p.Server == d.URL {
		return d.URL
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		return "..."
	}
	return u.Scheme + "://" + u.Host + "/..."
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (a *app) destinationRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove STREAM NAME",
		Short: "Remove a destination; a running server says goodbye there",
		Args:  exactly("STREAM", "NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.edit(func(d *config.Doc) error { return d.RemoveDestination(args[0], args[1]) }); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "Removed %s from stream %s\n", args[1], args[0])
			return err
		},
	}
}

func (a *app) destinationSwitchCommand(verb string, on bool) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " STREAM NAME",
		Short: strings.ToUpper(verb[:1]) + verb[1:] + " a destination; a running server follows at once",
		Args:  exactly("STREAM", "NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.edit(func(d *config.Doc) error { return d.SetDestinationEnabled(args[0], args[1], on) }); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s of stream %s is %sd\n", args[1], args[0], verb)
			return err
		},
	}
}

func (a *app) destinationRetryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "retry STREAM NAME",
		Short: "Tell the running server to try a destination again now",
		Args:  exactly("STREAM", "NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			if err := client.Control(cmd.Context(), args[0], args[1], relay.Retry); err != nil {
				return serverError(err)
			}
			_, err = fmt.Fprintf(a.out, "Trying %s of stream %s again\n", args[1], args[0])
			return err
		},
	}
}

func (a *app) destinationTestCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "test STREAM NAME",
		Short: "Connect to a destination as far as publish, without sending media",
		Args:  exactly("STREAM", "NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := a.findDestination(args[0], args[1])
			if err != nil {
				return err
			}
			dialer := &rtmp.Dialer{Version: version(), Timeout: timeout}
			return a.testDestination(cmd.Context(), dialer, d)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "give up after this long")
	return cmd
}

func (a *app) findDestination(stream, name string) (config.Destination, error) {
	c, err := a.load()
	if err != nil {
		return config.Destination{}, err
	}
	for _, s := range c.Streams {
		for _, d := range s.Destinations {
			if s.Name == stream && d.Name == name {
				return d, nil
			}
		}
	}
	return config.Destination{}, fmt.Errorf("stream %s has no destination %s; see: %s destination list", stream, name, a.self())
}
