package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// viewing is the watch pages put together: the picture, what is sold with it, and
// earlier shows.
type viewing struct {
	selling  *selling
	pictures *pictures
	watch    *watch.Server
	shelf    *record.Shelf
	conf     atomic.Pointer[config.Config]
}

func openViewing(conf *config.Config, s *selling, r *relay.Relay, reg prometheus.Registerer, logger *slog.Logger) (_ *viewing, err error) {
	v := &viewing{selling: s, pictures: newPictures(r, s.dates, reg, logger)}
	v.conf.Store(conf)
	if v.shelf, err = record.NewShelf(v.folder); err != nil {
		return nil, err
	}
	talk, err := chathttp.New(chathttp.Config{Desk: s.chat, Address: s.web.Client, Origin: v.origin})
	if err != nil {
		return nil, err
	}
	v.watch, err = watch.New(watch.Config{
		Show: s.control, Links: s.web, Media: v.pictures.handler, Visits: s.store, Replays: shelf{v.shelf}, Log: s.store, Client: s.web.Client,
		Parts:    map[string]http.Handler{"chat": talk},
		Settings: watchSettings(conf, s), Logger: logger, Registerer: reg,
	})
	return v, err
}

// origin is the pages' own.
func (v *viewing) origin() string { return publicURL(v.conf.Load(), v.selling.door) }

// folder is where a stream's recordings are; empty for none that can be replayed.
func (v *viewing) folder(stream string) string {
	for _, s := range v.conf.Load().Streams {
		if s.Name == stream && replayed(s) {
			return s.Record.Folder
		}
	}
	return ""
}

// shelf is the recordings as the pages want them.
type shelf struct{ *record.Shelf }

// Span implements watch.Replays.
func (s shelf) Span(stream, date string) (watch.Span, bool) {
	show, err := s.Show(stream, date)
	if err != nil {
		return watch.Span{}, false
	}
	return watch.Span{From: show.Started, To: show.Started.Add(time.Duration(show.Length) * time.Millisecond), Running: show.Running}, true
}

// replayed tells whether viewers can see what is recorded.
func replayed(s config.Stream) bool { return s.Watch && s.Record != nil }

// live follows the relay's broadcasts.
func (v *viewing) live(stream string, since time.Time) { v.watch.Live(stream, since) }

// routes mounts the pages where viewers come.
func (v *viewing) routes(mux *http.ServeMux) { v.watch.Routes(mux) }

// run runs until ctx ends.
func (v *viewing) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return v.pictures.run(ctx, v.conf.Load()) })
	group.Go(func() error { return v.watch.Run(ctx) })
	return group.Wait()
}

// check tells whether apply would succeed.
func (v *viewing) check(conf *config.Config) error {
	settings := watchSettings(conf, v.selling)
	return settings.Check()
}

// apply follows a changed configuration, after the relay has.
func (v *viewing) apply(conf *config.Config) error {
	v.conf.Store(conf)
	v.pictures.apply(conf)
	return v.watch.Apply(watchSettings(conf, v.selling))
}

// watchSettings is the watch pages' part of the configuration. How long chats are
// kept is what the one that runs does: that changes at the next start.
func watchSettings(conf *config.Config, s *selling) watch.Settings {
	kept := chat.Kept(s.chat.Retention())
	out := watch.Settings{URL: publicURL(conf, s.door), Brand: watch.Brand{
		Name: conf.Brand.Name, Logo: conf.Brand.Logo, Accent: conf.Brand.Accent, Header: conf.Brand.Header,
	}}
	for _, l := range conf.Brand.Links {
		out.Brand.Links = append(out.Brand.Links, watch.Link{Text: l.Text, URL: l.URL})
	}
	for _, st := range conf.Streams {
		if !st.Watch || conf.Public.Listen == "" {
			continue
		}
		page := watch.Stream{
			Name: st.Name, Title: st.Title, Description: st.Description, Lang: st.Lang, Poster: st.Poster, StartsAt: st.StartsAt, EmbedOrigins: st.EmbedOrigins,
			Replay: replayed(st), Chat: st.Chat != nil,
		}
		if page.Chat {
			page.Retention = kept
		}
		out.Streams = append(out.Streams, page)
	}
	return out
}

// recordSettings is what the relay records of a stream.
func recordSettings(r *config.Record) *record.Settings {
	if r == nil {
		return nil
	}
	return &record.Settings{
		Folder: r.Folder, Format: record.Format(r.Format), SplitBytes: r.SplitSize, SplitEvery: r.SplitEvery, MaxAge: r.Keep, MaxBytes: r.KeepSize,
	}
}
