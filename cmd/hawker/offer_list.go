package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/api"
	"github.com/spf13/cobra"
)

func (a *app) offerListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all offers",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var got json.RawMessage
			if err := a.call(cmd.Context(), http.MethodGet, "/offers", nil, &got); err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(got)
			}
			var list api.Offers
			if err := json.Unmarshal(got, &list); err != nil {
				return err
			}
			return writeOffers(a.out, list.Offers)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, as GET /api/v1/offers gives it")
	return cmd
}

func (a *app) printJSON(v json.RawMessage) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func writeOffers(w io.Writer, offers []api.Offer) error {
	if len(offers) == 0 {
		_, err := fmt.Fprintln(w, "There are no offers. Make one: hawker offer add ID --title ... --price ... --url ...")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "OFFER\tTITLE\tPRICE\tLEFT\tDURATION\tDISCLOSURE\tRUNNING ON")
	for _, o := range offers {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.ID, shortened(o.Title, 40), shownPrice(&o.Offer), shownStock(&o.Offer),
			shownSpan(o.Duration), shownDisclosure(o.Disclosure), orDash(strings.Join(o.RunningOn, ", ")))
	}
	return t.Flush()
}

// shortened is text in so many characters at most.
func shortened(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most-1]) + "…"
}

func shownPrice(o *overlay.Offer) string {
	if o.CompareAt == nil {
		return o.Price.String()
	}
	return o.Price.String() + " (was " + o.CompareAt.String() + ")"
}

func shownStock(o *overlay.Offer) string {
	if o.Stock == nil {
		return "unlimited"
	}
	return strconv.FormatInt(*o.Stock, 10)
}

func shownSpan(d time.Duration) string {
	if d == 0 {
		return "until ended"
	}
	return shortDuration(d)
}

// shortDuration is 5m and not 5m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func shownDisclosure(d overlay.Disclosure) string {
	if d == "" {
		return "undecided"
	}
	return string(d)
}

func (a *app) offerShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show an offer, and when it was shown at which price and stock",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var o api.Offer
			gone := a.call(cmd.Context(), http.MethodGet, offerPath(args[0]), nil, &o)
			events, err := a.offerLog(cmd, args[0])
			if err != nil { // nothing is known of it, or nobody answers
				return cmp.Or(gone, err)
			}
			if gone != nil {
				_, _ = fmt.Fprintf(a.out, "Offer %s was removed; its log:\n", args[0])
			} else {
				writeOffer(a.out, &o)
			}
			return writeLog(a.out, events)
		},
	}
}

// offerLog is all of an offer's log, page by page.
func (a *app) offerLog(cmd *cobra.Command, id string) (all []overlay.Event, err error) {
	for after := uint64(0); ; {
		var page api.Events
		if err := a.call(cmd.Context(), http.MethodGet, offerPath(id)+"/log?after="+strconv.FormatUint(after, 10), nil, &page); err != nil {
			return nil, err
		}
		if len(page.Events) == 0 {
			return all, nil
		}
		all = append(all, page.Events...)
		after = all[len(all)-1].Seq
	}
}

func writeOffer(w io.Writer, o *api.Offer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(t, "%s\t%s\n", name, value)
		}
	}
	line("Offer", o.ID)
	line("Title", o.Title)
	line("Price", shownPrice(&o.Offer))
	line("Store", o.URL)
	line("Picture", o.Image)
	line("Call to action", o.Action())
	line("Left", shownStock(&o.Offer))
	line("Duration", shownSpan(o.Duration))
	if o.Countdown > 0 {
		line("Countdown", shortDuration(o.Countdown))
	}
	line("Disclosure", shownDisclosure(o.Disclosure))
	line("Running on", orDash(strings.Join(o.RunningOn, ", ")))
	if o.Source == overlay.FromFile {
		line("Kept in", "the file of offers")
	}
	_ = t.Flush()
}

// writeLog prints what happened, with price and stock as they were then.
func writeLog(w io.Writer, events []overlay.Event) error {
	_, _ = fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "TIME\tSTREAM\tWHAT\tPRICE\tLEFT\tENDS\tWHY")
	for _, e := range events {
		price, left, ends := "-", "-", "-"
		if e.Offer != nil {
			price, left = e.Offer.Price.String(), shownStock(e.Offer)
		}
		if !e.Ends.IsZero() {
			ends = clockTime(e.Ends)
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.Local().Format("2006-01-02 15:04:05.000"), orDash(e.Stream), happened[e.Type], price, left, ends, orDash(e.Reason))
	}
	return t.Flush()
}

// happened are events in words.
var happened = map[overlay.EventType]string{
	overlay.OfferPut: "saved", overlay.OfferRemoved: "removed", overlay.OfferAnnounced: "announced", overlay.OfferStarted: "started",
	overlay.OfferUpdated: "updated", overlay.OfferEnded: "ended", overlay.StepDone: "step of the show", overlay.StepMissed: "step missed",
}
