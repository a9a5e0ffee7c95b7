package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) bannerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "banner",
		Short: "Show and hide lines of text",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.bannerShowCommand(), a.bannerHideCommand())
	return cmd
}

func bannersPath(stream string) string { return "/streams/" + url.PathEscape(stream) + "/banners" }

func (a *app) bannerShowCommand() *cobra.Command {
	var id, link string
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "show STREAM [TEXT]",
		Short: "Show a text, or with --id alone a banner that was made before",
		Long: `Show a line of text on a stream.

  hawker banner show main "Shipping is free today" --for 30s
  hawker banner show main --id welcome`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{}
			switch {
			case len(args) == 2:
				body["text"] = args[1]
			case len(args) != 1 || id == "":
				return usagef("hawker banner show takes STREAM and a text in quotes, or STREAM and --id\nUsage: hawker banner show STREAM [TEXT]")
			}
			for name, value := range map[string]string{"id": id, "url": link} {
				if value != "" {
					body[name] = value
				}
			}
			if cmd.Flags().Changed("for") {
				body["duration_seconds"] = length.Seconds()
			}
			if err := a.call(cmd.Context(), http.MethodPost, bannersPath(args[0]), body, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "The banner is on %s\n", args[0])
			return err
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "its `name`, to hide it by, or of a banner that was made before")
	cmd.Flags().StringVar(&link, "url", "", "where it leads on pages that can be clicked, https://...")
	cmd.Flags().DurationVar(&length, "for", 0, "how long to show it, such as 30s; 0s is until you hide it")
	return cmd
}

func (a *app) bannerHideCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hide STREAM [ID]",
		Short: "Hide a banner, or all that the stream shows",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return usagef("hawker banner hide takes STREAM, and ID for one banner alone\nUsage: hawker banner hide STREAM [ID]")
			}
			path, what := bannersPath(args[0]), "No banner is"
			if len(args) == 2 {
				path, what = path+"/"+url.PathEscape(args[1]), "Banner "+args[1]+" is not"
			}
			if err := a.call(cmd.Context(), http.MethodDelete, path, nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s shown on %s any more\n", what, args[0])
			return err
		},
	}
}
