package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// offerFlags are an offer's fields as flags.
type offerFlags struct {
	title, price, compareAt, url, image, cta, stock, disclosure string
	duration, countdown                                         time.Duration
}

func (f *offerFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.title, "title", "", "what it is, up to 100 characters")
	flags.StringVar(&f.price, "price", "", `what it costs, such as "12.50 EUR"`)
	flags.StringVar(&f.compareAt, "compare-at", "", `the price that it is compared with, struck through; "" for none`)
	flags.StringVar(&f.url, "url", "", "its page in the store, https://...")
	flags.StringVar(&f.image, "image", "", "a picture: https://... or a file's name in the folder of images")
	flags.StringVar(&f.cta, "cta", "", `call to action, up to 30 characters (default "`+overlay.DefaultCTA+`")`)
	flags.StringVar(&f.stock, "stock", "", "how many there are, or unlimited (default unlimited)")
	flags.DurationVar(&f.duration, "duration", 0, "how long it runs, such as 5m; 0s is until you end it")
	flags.DurationVar(&f.countdown, "countdown", 0, "how long before its start it is announced, 0s to 5m")
	flags.StringVar(&f.disclosure, "disclosure", "", "own, affiliate or sponsored: needed before it can start")
}

// fields are those that were given, as the API takes them.
func (f *offerFlags) fields(flags *pflag.FlagSet) (map[string]any, error) {
	out := map[string]any{}
	given := func(flag, field string, value any) {
		if flags.Changed(flag) {
			out[field] = value
		}
	}
	given("title", "title", f.title)
	given("url", "url", f.url)
	given("image", "image", f.image)
	given("cta", "cta", f.cta)
	given("disclosure", "disclosure", f.disclosure)
	given("duration", "duration_seconds", f.duration.Seconds())
	given("countdown", "countdown_seconds", f.countdown.Seconds())
	for _, p := range []struct{ flag, field, text string }{{"price", "price", f.price}, {"compare-at", "compare_at", f.compareAt}} {
		if !flags.Changed(p.flag) {
			continue
		}
		money, err := parsePrice(p.flag, p.text)
		if err != nil {
			return nil, err
		}
		out[p.field] = money
	}
	if flags.Changed("stock") {
		stock, err := parseStock(f.stock)
		if err != nil {
			return nil, err
		}
		out["stock"] = stock
	}
	return out, nil
}

// parsePrice is nil for no price to compare with.
func parsePrice(flag, text string) (*overlay.Money, error) {
	if text == "" && flag == "compare-at" {
		return nil, nil
	}
	m, err := overlay.ParseMoney(text, "")
	if err != nil {
		return nil, usagef("--%s: %w", flag, err)
	}
	return &m, nil
}

// parseStock is nil for unlimited.
func parseStock(text string) (*int64, error) {
	if text == "unlimited" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return nil, usagef("stock is a number of pieces, or unlimited; not %q", text)
	}
	return &n, nil
}

func (a *app) offerAddCommand() *cobra.Command {
	var f offerFlags
	cmd := &cobra.Command{
		Use:   "add ID",
		Short: "Make an offer; its ID stands in its links",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			fields, err := f.fields(cmd.Flags())
			if err != nil {
				return err
			}
			fields["id"] = args[0]
			var o overlay.Offer
			if err := a.call(cmd.Context(), http.MethodPost, "/offers", fields, &o); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "Added offer %s: %s, %s\n%s", o.ID, o.Title, o.Price, a.nextStep(&o))
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}

// nextStep is what a person does next with an offer.
func (a *app) nextStep(o *overlay.Offer) string {
	if o.Disclosure == "" {
		return fmt.Sprintf("It cannot start before you have said whose goods these are: %s offer change %s --disclosure own (or affiliate, sponsored)\n", a.self(), o.ID)
	}
	return fmt.Sprintf("Start it: %s offer start STREAM %s\n", a.self(), o.ID)
}

func (a *app) offerChangeCommand() *cobra.Command {
	var f offerFlags
	cmd := &cobra.Command{
		Use:   "change ID",
		Short: "Change an offer, wherever it runs; the end of a run never moves",
		Args:  exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			fields, err := f.fields(cmd.Flags())
			if err != nil {
				return err
			}
			if len(fields) == 0 {
				return usagef("say what to change, such as --price \"9.90 EUR\"\nSee: hawker offer change --help")
			}
			if err := a.call(cmd.Context(), http.MethodPatch, offerPath(args[0]), fields, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "Changed offer %s\n", args[0])
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}
