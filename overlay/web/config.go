package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
)

// Show is what is on: a *control.Control.
type Show interface {
	// Ready is closed when what was kept has been read: before, there is
	// nothing to show, which must not be mistaken for an empty stage.
	Ready() <-chan struct{}
	State() *overlay.State
	Subscribe() *control.Subscription
}

// Clicks keeps clicks: a *store.Store.
type Clicks interface {
	// Click keeps a click durably. First tells whether it is the visitor's
	// first one of the day.
	Click(ctx context.Context, c overlay.Click) (first bool, err error)
}

// Config is what a Server needs. Logger, Registerer, Mount and ConnContext may be
// nil.
type Config struct {
	Show   Show
	Clicks Clicks
	// LinkKey is what overlay links are made from: EnsureLinkKey.
	LinkKey    secret.Secret
	Settings   Settings
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	// Mount adds more public routes. They get the same security headers, which
	// they may change, and the same containment of panics.
	Mount func(mux *http.ServeMux)
	// ConnContext is http.Server's, for routes that want to know their connection.
	ConnContext func(ctx context.Context, c net.Conn) context.Context
}

// Settings can change while the server runs.
type Settings struct {
	// URL is the server's own as viewers reach it, such as
	// https://live.example.com: short links begin with it. It has no path.
	URL string
	// Streams are those that have an overlay.
	Streams []Stream
	// CSS is the operator's theme, which comes after the page's own style.
	CSS []byte
	// Images is the folder of pictures; empty is none.
	Images string
	// Attribution is added to the links into the store.
	Attribution []Param
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// Stream is one stream and the names of its destinations.
type Stream struct {
	Name         string
	Destinations []string
}

// Param is a parameter of a URL's query. {offer}, {destination} and {stream} in
// Value stand for what they say; when nothing is left, it is not added.
type Param struct{ Name, Value string }

const (
	maxCSS = 1 << 20 // bytes of a theme
	maxURL = 200     // bytes of the server's own URL: short links must be short, and fit in a code
)

var streamName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check returns everything that is wrong with the settings.
func (s *Settings) Check() error {
	var errs []error
	if u, err := url.Parse(s.URL); err != nil || overlay.CheckURL(s.URL) != nil || u.Path != "" || strings.ContainsAny(s.URL, "?#") || len(s.URL) > maxURL {
		errs = append(errs, fmt.Errorf("public URL %q: write https:// and the host, without a path, such as https://live.example.com", s.URL))
	}
	for _, stream := range s.Streams {
		if !streamName.MatchString(stream.Name) {
			errs = append(errs, fmt.Errorf("stream %q: a name is 1 to 64 of A-Z a-z 0-9 _ -", stream.Name))
		}
	}
	if len(s.CSS) > maxCSS {
		errs = append(errs, fmt.Errorf("the theme has %d bytes, and may have %d", len(s.CSS), maxCSS))
	}
	for _, p := range s.Attribution {
		if p.Name == "" {
			errs = append(errs, errors.New("attribution: a parameter has no name"))
		}
	}
	return errors.Join(errs...)
}
