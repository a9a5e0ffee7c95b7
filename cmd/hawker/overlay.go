package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/api"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// selling is the overlay plane put together: what is sold, who shows it, and who
// keeps it.
type selling struct {
	store   *store.Store
	control *control.Control
	web     *web.Server
	api     *api.Server
	cues    *cues
	dates   *dates
	viewing *viewing // nil until there are pages
	chat    *chat.Desk
	conf    atomic.Pointer[config.Config]
	door    string // where viewers come on this computer, until the next start
	relay   atomic.Pointer[relay.Relay]
	ready   chan struct{} // closed when what was kept, and the file of offers, have been read
}

// openSelling opens the database and builds what works on it. The relay comes
// later, by attach.
func openSelling(ctx context.Context, conf *config.Config, reg prometheus.Registerer, logger *slog.Logger) (_ *selling, err error) {
	s := &selling{ready: make(chan struct{}), door: conf.Public.Listen}
	s.conf.Store(conf)
	if s.store, err = store.Open(ctx, store.Config{Folder: conf.Data, URL: conf.Database, Logger: logger}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.store.Close())
		}
	}()
	s.cues, s.dates = newCues(reg, s.shortLink, logger), newDates(s.shortLink)
	s.cues.keep(conf.Streams)
	s.control, err = control.New(control.Config{Store: s.store, Media: s.position, Tell: s.tell, Logger: logger, Registerer: reg})
	if err != nil {
		return nil, err
	}
	key, err := web.EnsureLinkKey(conf.Data)
	if err != nil {
		return nil, err
	}
	s.web, err = web.New(web.Config{Show: s.control, Clicks: s.store, LinkKey: key, Settings: s.webSettings(conf), Logger: logger, Registerer: reg,
		ConnContext: chathttp.ConnContext,
		Mount: func(mux *http.ServeMux) {
			if s.viewing != nil {
				s.viewing.routes(mux)
			}
		}})
	if err != nil {
		return nil, err
	}
	if s.chat, err = chat.New(chat.Config{Store: s.store, Streams: chatStreams(conf), Retention: conf.ChatRetention, Logger: logger, Registerer: reg}); err != nil {
		return nil, err
	}
	s.api, err = api.New(api.Config{Control: s.control, Records: s.store, Links: s.web, Chat: s.chat, Streams: s.streams, Audience: s.audience, Problem: admin.WriteProblem, Logger: logger})
	return s, err
}

// attach tells whose streams these are.
func (s *selling) attach(r *relay.Relay) { s.relay.Store(r) }

// position is a stream's own time.
func (s *selling) position(stream string) time.Duration {
	r := s.relay.Load()
	if r == nil {
		return 0
	}
	at, known := r.Position(stream)
	if !known {
		return 0
	}
	return at
}

// follow tells the show of the relay's broadcasts. When ctx has ended they end
// because the program does, and the show goes on after its restart.
func (s *selling) follow(ctx context.Context) func(stream string, since time.Time) {
	return func(stream string, since time.Time) {
		if ctx.Err() == nil {
			s.control.Live(stream, since)
		}
	}
}

// tell tells of a change within the streams.
func (s *selling) tell(stream string, changes []overlay.Event, now overlay.Stage) {
	s.cues.tell(stream, changes, now)
	s.dates.tell(stream, changes, now)
}

// shortLink leads to an offer, whatever the place.
func (s *selling) shortLink(offer string) string { return s.web.ShortLink(offer, "") }

// audience is who is on a stream's page.
func (s *selling) audience(stream string) (api.Audience, bool) {
	if s.viewing == nil {
		return api.Audience{}, false
	}
	a, ok := s.viewing.watch.Audience(stream)
	talk, _ := s.chat.Status(stream) // or there is none
	return api.Audience{Messages: talk.Told, Viewers: a.Viewers, Peak: a.Peak, Joins: a.Joins, Returning: a.Returning, WatchSeconds: a.WatchSeconds}, ok
}

func (s *selling) streams() (out []api.Stream) {
	for _, st := range s.conf.Load().Streams {
		out = append(out, api.Stream{Name: st.Name, Destinations: destinationNames(st)})
	}
	return out
}

// routes mounts the API beside that of the relay.
func (s *selling) routes(mux *http.ServeMux, guard func(http.HandlerFunc) http.Handler) {
	s.api.Routes(mux, guard)
}

// run runs until ctx ends; ln is where viewers come, nil for nowhere. The store
// is closed when nobody uses it any more.
func (s *selling) run(ctx context.Context, ln net.Listener, logger *slog.Logger) error {
	keep, stop := context.WithCancel(context.WithoutCancel(ctx)) // the store outlives those who write
	defer stop()
	kept := make(chan error, 1)
	go func() { kept <- s.store.Run(keep) }()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.control.Run(ctx) })
	group.Go(func() error { return s.chat.Run(ctx) })
	group.Go(func() error { return s.readFile(ctx, logger) })
	if ln != nil {
		group.Go(func() error { return s.web.Serve(ctx, ln) })
	}
	err := group.Wait()
	stop()
	return errors.Join(err, <-kept, s.store.Close())
}

// readFile makes what stands in the file of offers true, once what was kept is
// known. What stands in the way, such as an offer that runs and may not lose its
// disclosure, keeps the offers as they were, and not the relay from its work.
func (s *selling) readFile(ctx context.Context, logger *slog.Logger) error {
	defer close(s.ready)
	for _, read := range []<-chan struct{}{s.control.Ready(), s.chat.Ready()} {
		select {
		case <-read:
		case <-ctx.Done():
			return nil
		}
	}
	if err := s.sync(ctx, s.conf.Load()); err != nil && ctx.Err() == nil {
		logger.Error("the offers stay as they were", "err", err)
	}
	return nil
}

// sync makes what stands in the file of offers true, without a file that there is
// nothing of it, and ends what is on streams that are gone.
func (s *selling) sync(ctx context.Context, conf *config.Config) error {
	decide, err := syncWith(conf)
	if err != nil {
		return err
	}
	if _, err = s.control.Do(ctx, control.Request{Decide: decide}); err != nil {
		return fmt.Errorf("%s: %w", cmp.Or(conf.OffersFile, "offers"), err)
	}
	return nil
}

// apply follows a changed configuration, as soon as its offers are safe: that is
// what can fail.
func (s *selling) apply(ctx context.Context, conf *config.Config) error {
	settings := s.webSettings(conf)
	if err := errors.Join(settings.Check(), s.chat.Check(chatStreams(conf))); err != nil {
		return err
	}
	if err := s.sync(ctx, conf); err != nil {
		return err
	}
	if err := s.chat.Apply(chatStreams(conf)); err != nil {
		return err
	}
	s.cues.keep(conf.Streams)
	s.dates.keep(conf.Streams)
	s.conf.Store(conf)
	return s.web.Apply(settings)
}

// webSettings is the public face's part of the configuration.
func (s *selling) webSettings(conf *config.Config) web.Settings {
	out := web.Settings{URL: publicURL(conf, s.door), CSS: []byte(conf.Overlay.CSS), Images: conf.Overlay.Images, TrustedProxies: conf.Public.TrustedProxies}
	for _, st := range conf.Streams {
		out.Streams = append(out.Streams, web.Stream{Name: st.Name, Destinations: destinationNames(st)})
	}
	for _, p := range conf.Overlay.Attribution {
		out.Attribution = append(out.Attribution, web.Param{Name: p.Name, Value: p.Value})
	}
	return out
}

// chatStreams are the streams that have a chat.
func chatStreams(conf *config.Config) (out []chat.Stream) {
	for _, st := range conf.Streams {
		if c := st.Chat; c != nil && st.Watch {
			out = append(out, chat.Stream{Name: st.Name, Host: c.Host, Slow: c.Slow, BlockedWords: c.BlockedWords})
		}
	}
	return out
}

// publicURL is where viewers come: as the file says, or else at a door on this
// computer.
func publicURL(conf *config.Config, door string) string {
	if conf.Public.URL != "" {
		return conf.Public.URL
	}
	return "http://" + dialable(cmp.Or(door, config.DefaultPublic))
}

func destinationNames(st config.Stream) (names []string) {
	for _, d := range st.Destinations {
		names = append(names, d.Name)
	}
	return names
}
