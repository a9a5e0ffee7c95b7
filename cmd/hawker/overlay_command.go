package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hawker-live/hawker/overlay/api"
	"github.com/spf13/cobra"
)

func (a *app) overlayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "overlay STREAM",
		Short: "Print the secret link for OBS's browser source, and what it shows",
		Long: `Print the link to give to a browser source of OBS, and what it shows now.

In OBS: Sources > + > Browser, paste the link, width 1920 and height 1080; for a vertical
picture 1080 and 1920. The link is a secret: who has it sees what you sell before it is on.`,
		Args: exactly("STREAM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var stage api.Stage
			if err := a.call(cmd.Context(), http.MethodGet, "/streams/"+url.PathEscape(args[0])+"/overlay", nil, &stage); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(a.out, stage.URL)
			for _, line := range onAir(stage, time.Now()) {
				_, _ = fmt.Fprintln(a.out, "  "+line)
			}
			return nil
		},
	}
}

// onAir says what a stream shows, and for how long.
func onAir(stage api.Stage, now time.Time) (lines []string) {
	for _, r := range stage.Offers {
		line := "offer " + r.Offer.ID + ": " + r.Offer.Title + ", " + r.Offer.Price.String()
		if r.Offer.Stock != nil {
			line += ", " + shownStock(&r.Offer) + " left"
		}
		lines = append(lines, line+spanned(r.Starts, r.Ends, now))
	}
	for _, b := range stage.Banners {
		lines = append(lines, "banner "+b.Banner.ID+": "+b.Banner.Text+spanned(time.Time{}, b.Ends, now))
	}
	return lines
}

// watched says who is on the watch page.
func watched(a *api.Audience) string {
	text := count(a.Viewers, "viewer") + " on its page"
	if a.Joins > 0 {
		text += fmt.Sprintf(", %d at most; %d have come, %d of them again, and watched %s together", a.Peak, a.Joins, a.Returning,
			shortDuration(time.Duration(a.WatchSeconds)*time.Second))
	}
	if a.Messages > 0 {
		text += "; " + count(int(a.Messages), "chat message")
	}
	return text
}

// spanned says when something starts or ends.
func spanned(starts, ends, now time.Time) string {
	if wait := starts.Sub(now); wait > 0 {
		return ", starts in " + shortDuration(wait.Round(time.Second))
	}
	if ends.IsZero() {
		return ""
	}
	return ", ends in " + shortDuration(max(0, ends.Sub(now)).Round(time.Second))
}
