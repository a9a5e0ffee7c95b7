package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/hawker-live/hawker/overlay/api"
	"github.com/hawker-live/hawker/overlay/qr"
	"github.com/spf13/cobra"
)

func (a *app) offerLinksCommand() *cobra.Command {
	var code, destination string
	cmd := &cobra.Command{
		Use:   "links ID",
		Short: "Print the link for each platform's chat, with its clicks, and the QR code",
		Long: `Print the links of an offer, one for each destination to paste in its chat, and how
often each was followed. --qr draws one as a QR code: on the terminal, or into a file.

  hawker offer links honey
  hawker offer links honey --qr terminal
  hawker offer links honey --destination youtube --qr honey.png`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var got api.OfferLinks
			if err := a.call(cmd.Context(), http.MethodGet, offerPath(args[0])+"/links", nil, &got); err != nil {
				return err
			}
			if code == "" && destination == "" {
				return a.writeLinks(got.Links)
			}
			for _, l := range got.Links {
				if l.Destination == destination {
					return a.drawLink(l.URL, code)
				}
			}
			return usagef("no stream has a destination %s; see: %s offer links %s", destination, a.self(), args[0])
		},
	}
	cmd.Flags().StringVar(&code, "qr", "", "draw a QR code: `terminal`, or a file that ends in .png or .svg")
	cmd.Flags().StringVar(&destination, "destination", "", "the link of this destination alone")
	return cmd
}

func (a *app) writeLinks(links []api.Link) error {
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "STREAM\tDESTINATION\tLINK\tCLICKS\tVISITORS")
	for _, l := range links {
		destination := l.Destination
		if destination == "" {
			destination = "anywhere"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\n", orDash(l.Stream), destination, l.URL, l.Clicks, l.Visitors)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return a.warnOfLocalLinks()
}

// warnOfLocalLinks says so when viewers cannot follow the links.
func (a *app) warnOfLocalLinks() error {
	c, err := a.load()
	if err == nil && c.Public.URL == "" {
		_, _ = fmt.Fprintf(a.err, "These links work on this computer alone: set public.url in %s to the address at which viewers reach it.\n", a.config)
	}
	return err
}

// drawLink prints a link, or draws its code.
func (a *app) drawLink(link, code string) error {
	if code == "" {
		_, err := fmt.Fprintln(a.out, link)
		return err
	}
	if code == "terminal" {
		drawn, err := qr.Terminal(link)
		if err == nil {
			_, err = fmt.Fprintf(a.out, "%s\n%s\n", drawn, link)
		}
		return err
	}
	var picture []byte
	var err error
	switch strings.ToLower(filepath.Ext(code)) {
	case ".png":
		picture, err = qr.PNG(link, qrScale)
	case ".svg":
		picture, err = qr.SVG(link)
	default:
		return usagef("--qr takes terminal, or the name of a file that ends in .png or .svg; not %q", code)
	}
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(code); err == nil && !bytes.Equal(old, picture) {
		return fmt.Errorf("%s is there already: delete it, or choose another name", code)
	}
	if err := os.WriteFile(code, picture, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Drew %s into %s\n", link, code)
	return err
}

// qrScale is how many points of the picture a module of the code is wide.
const qrScale = 12
