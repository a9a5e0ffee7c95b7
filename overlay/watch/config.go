package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
)

// Show is what is on: a *control.Control.
type Show interface {
	// Ready is closed when what was kept has been read.
	Ready() <-chan struct{}
	State() *overlay.State
	Subscribe() *control.Subscription
}

// Links makes short links: a *web.Server.
type Links interface {
	ShortLink(offer, destination string) string
}

// Visits remembers who was here.
type Visits interface {
	// Visit notes a visit. First is the first time that a visitor sees this
	// broadcast, returning is for who has seen one that began at Before or
	// earlier. May is asked before somebody is remembered who is not known.
	Visit(ctx context.Context, v overlay.Visit, may func() bool) (first, returning bool, err error)
}

// Replays are recordings, as a *record.Shelf has them. The requests' PathValues are
// stream, date and file.
type Replays interface {
	ServeShows(w http.ResponseWriter, r *http.Request)
	// ServeShow is asked for a date that ends in .json.
	ServeShow(w http.ResponseWriter, r *http.Request)
	ServePart(w http.ResponseWriter, r *http.Request)
	// Span is when a show was, or all of a day's; false when there is none of it.
	Span(stream, date string) (Span, bool)
}

// Span is the time of a show.
type Span struct {
	From, To time.Time
	// Running is for one that is not over: To is now, about.
	Running bool
}

// Log is what has happened: a *store.Store.
type Log interface {
	Events(ctx context.Context, q overlay.LogQuery) ([]overlay.Event, error)
	// Mark is what a stream showed not long before a time; Seq 0 is for the
	// beginning of the log, from which on it has to be read then.
	Mark(ctx context.Context, stream string, before time.Time) (overlay.Mark, error)
}

// Config is what a Server needs. All from Visits on may be nil.
type Config struct {
	Show  Show
	Links Links
	// Media serves a stream's picture, below /{stream}: live.mp4, index.m3u8 and
	// hls/. Any page may read it.
	Media func(stream string) http.Handler
	// Visits is asked who has come back. Nil knows since the program runs.
	Visits Visits
	// Replays serve what was recorded, to streams that have Replay, and Log says
	// what was on offer in it.
	Replays Replays
	Log     Log
	// Parts serve more of a stream, below /{stream}/ and the part's name, with
	// the whole path; the stream is in the request's PathValue. The chat is one.
	Parts map[string]http.Handler
	// Client is whose request it is, for limits by address. Nil takes the
	// connection's other end.
	Client     func(*http.Request) netip.Addr
	Settings   Settings
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

func (c *Config) complete() error {
	if c.Show == nil || c.Links == nil || c.Media == nil {
		return errors.New("watch needs a show, links and media")
	}
	for name := range c.Parts {
		if name == "" || name == eventsPart || name == embedPart || name == replayPart || name == visitPart || isMedia(name) {
			return fmt.Errorf("watch cannot have a part %q: the page has one of that name", name)
		}
	}
	if c.Visits == nil {
		c.Visits = newRecent()
	}
	if c.Client == nil {
		c.Client = peer
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// peer is the other end of a request's connection.
func peer(r *http.Request) netip.Addr {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	return at.Addr().Unmap()
}
