package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/api"
	"github.com/spf13/cobra"
)

func (a *app) offerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "offer",
		Short: "Make offers, start and end them, see what came of them",
		Long: `Make offers, start and end them on a running server, and see what came of them.

  hawker offer add honey --title "Chestnut honey" --price "12.50 EUR" --url https://shop.example.com/honey \
      --stock 30 --duration 5m --disclosure own
  hawker offer start main honey
  hawker offer links honey`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.offerAddCommand(), a.offerChangeCommand(), a.offerListCommand(), a.offerShowCommand(), a.offerStartCommand(), a.offerEndCommand(),
		a.offerStockCommand(), a.offerRemoveCommand(), a.offerLinksCommand(), a.offerImportCommand())
	return cmd
}

// call makes a request to the API of the running server.
func (a *app) call(ctx context.Context, method, path string, body, into any) error {
	client, err := a.client()
	if err != nil {
		return err
	}
	return serverError(client.Call(ctx, method, "/api/v1"+path, body, into))
}

func offerPath(id string) string { return "/offers/" + url.PathEscape(id) }

func (a *app) offerStartCommand() *cobra.Command {
	var countdown time.Duration
	cmd := &cobra.Command{
		Use:   "start STREAM ID",
		Short: "Start an offer on a stream, after its countdown if it has one",
		Args:  exactly("STREAM", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var body any
			if cmd.Flags().Changed("countdown") {
				body = map[string]float64{"countdown_seconds": countdown.Seconds()}
			}
			var done api.Events
			path := "/streams/" + url.PathEscape(args[0]) + offerPath(args[1]) + "/start"
			if err := a.call(cmd.Context(), http.MethodPost, path, body, &done); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.out, started(done.Events))
			return err
		},
	}
	cmd.Flags().DurationVar(&countdown, "countdown", 0, "announce it this long before, 0s to 5m; instead of the offer's own")
	return cmd
}

// started says what a start has brought about.
func started(events []overlay.Event) string {
	if len(events) == 0 || events[0].Offer == nil {
		return "Nothing has changed"
	}
	e := events[0]
	text := fmt.Sprintf("%s is on %s", e.Offer.Title, e.Stream)
	if e.Type == overlay.OfferAnnounced {
		text = fmt.Sprintf("%s is announced on %s and starts at %s", e.Offer.Title, e.Stream, clockTime(e.Starts))
	}
	if e.Ends.IsZero() {
		return text + ", until you end it"
	}
	return text + ", until " + clockTime(e.Ends)
}

// clockTime is a time today, or with its day.
func clockTime(t time.Time) string {
	t = t.Local()
	if y, d := t.Year(), t.YearDay(); y == time.Now().Year() && d == time.Now().YearDay() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

func (a *app) offerEndCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "end STREAM ID",
		Short: "End an offer on a stream",
		Args:  exactly("STREAM", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.call(cmd.Context(), http.MethodPost, "/streams/"+url.PathEscape(args[0])+offerPath(args[1])+"/end", nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s has ended on %s\n", args[1], args[0])
			return err
		},
	}
}

func (a *app) offerRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "Remove an offer that runs nowhere; its log stays",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.call(cmd.Context(), http.MethodDelete, offerPath(args[0]), nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "Removed offer %s\n", args[0])
			return err
		},
	}
}

func (a *app) offerStockCommand() *cobra.Command {
	var change int64
	cmd := &cobra.Command{
		Use:   "stock ID [LEFT|unlimited]",
		Short: "Say how many are left, or with --change how many came or went",
		Long: `Say how many of an offer are left. At 0 it ends wherever it runs.

  hawker offer stock honey 12
  hawker offer stock honey --change -1
  hawker offer stock honey unlimited`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := stockBody(args, cmd.Flags().Changed("change"), change)
			if err != nil {
				return err
			}
			var o overlay.Offer
			if err := a.call(cmd.Context(), http.MethodPost, offerPath(args[0])+"/stock", body, &o); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s: %s left\n", o.ID, shownStock(&o))
			return err
		},
	}
	cmd.Flags().Int64Var(&change, "change", 0, "`pieces` that came, or went if negative")
	return cmd
}

func stockBody(args []string, changed bool, change int64) (map[string]*int64, error) {
	switch {
	case len(args) == 1 && changed:
		return map[string]*int64{"change": &change}, nil
	case len(args) == 2 && !changed:
		left, err := parseStock(args[1])
		return map[string]*int64{"stock": left}, err
	}
	return nil, usagef("hawker offer stock takes an ID and how many are left, or an ID and --change\nUsage: hawker offer stock ID [LEFT|unlimited]")
}
