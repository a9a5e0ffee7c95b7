package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"github.com/hawker-live/hawker/relay"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// demoStream is the name of the demo's only stream.
const demoStream = "demo"

// stand is what the demo sells, and where it is shown. What it keeps goes when
// the demo ends.
type stand struct {
	*selling
	viewing *viewing
	folder  string
	door    net.Listener // in place of that of selling

	registry *prometheus.Registry
	logger   *slog.Logger
}

func openStand(ctx context.Context) (*stand, error) {
	folder, err := os.MkdirTemp("", "hawker-demo-")
	if err != nil {
		return nil, err
	}
	s := &stand{folder: folder, registry: prometheus.NewRegistry(), logger: slog.New(slog.DiscardHandler)}
	if s.door, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
		s.selling, err = openSelling(ctx, s.config(), s.registry, s.logger)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stand) config() *config.Config {
	conf := &config.Config{Data: s.folder, Streams: []config.Stream{{Name: demoStream}}}
	conf.Streams[0].Watch, conf.Streams[0].Title, conf.Brand.Name = true, "Honey, live", "Hawker demo"
	conf.Public.Listen = s.door.Addr().String()
	conf.Public.URL = "http://" + conf.Public.Listen
	for _, name := range demoPlatforms {
		conf.Streams[0].Destinations = append(conf.Streams[0].Destinations, config.Destination{Name: name})
	}
	return conf
}

// attach puts the pages before a relay.
func (s *stand) attach(r *relay.Relay) (err error) {
	s.selling.attach(r)
	s.viewing, err = openViewing(s.config(), s.selling, r, s.registry, s.logger)
	s.selling.viewing = s.viewing
	return err
}

// follow tells who shows it of each broadcast.
func (s *stand) follow(ctx context.Context) func(stream string, since time.Time) {
	sell := s.selling.follow(ctx)
	return func(stream string, since time.Time) {
		sell(stream, since)
		s.viewing.live(stream, since)
	}
}

// run runs until ctx ends.
func (s *stand) run(ctx context.Context, ready <-chan struct{}) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.selling.run(ctx, s.door, s.logger) })
	group.Go(func() error {
		select {
		case <-ready:
			return s.viewing.run(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	return group.Wait()
}

func (s *stand) close() error {
	if s.door != nil {
		_ = s.door.Close()
	}
	return os.RemoveAll(s.folder)
}

// demoOffer is what is for sale. Its stock is for one run.
func demoOffer() overlay.Offer {
	stock := int64(12)
	return overlay.Offer{
		ID: "honey", Title: "Chestnut honey, 250 g", Price: overlay.Money{Amount: 1250, Currency: "EUR"},
		CompareAt: &overlay.Money{Amount: 1500, Currency: "EUR"}, URL: "https://example.com/honey", Stock: &stock,
		Duration: time.Minute, Countdown: 5 * time.Second, Disclosure: overlay.Own, Source: overlay.FromAPI,
	}
}

// How the demo sells: an offer begins after a few seconds, somebody buys now and
// then, and some time after its end it begins again.
const (
	firstOffer = 3 * time.Second
	buyEvery   = 4 * time.Second
	nextOffer  = 90 * time.Second
)

// sell offers honey until ctx ends. tell says so.
func (s *stand) sell(ctx context.Context, tell func(string)) error {
	select {
	case <-s.control.Ready():
	case <-ctx.Done():
		return nil
	}
	start, buy := time.NewTimer(firstOffer), time.NewTicker(buyEvery)
	defer start.Stop()
	defer buy.Stop()
	for {
		select {
		case <-start.C:
			if err := s.offer(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			tell("an offer begins: open the overlay to see it count down, and its QR code lead to the shop")
			start.Reset(nextOffer)
		case <-buy.C: // when there is none, or nobody left to sell to, nothing is bought
			_ = s.do(ctx, func(st *overlay.State, now time.Time) ([]overlay.Event, error) {
				if r, on := st.Stages[demoStream].Run("honey"); !on || !r.Started {
					return nil, nil
				}
				return st.ChangeStock("honey", -1, now)
			})
		case <-ctx.Done():
			return nil
		}
	}
}

// offer fills the stock up and starts.
func (s *stand) offer(ctx context.Context) error {
	err := s.do(ctx, func(st *overlay.State, now time.Time) ([]overlay.Event, error) { return st.PutOffer(demoOffer(), now) })
	if err != nil {
		return err
	}
	return s.do(ctx, func(st *overlay.State, now time.Time) ([]overlay.Event, error) {
		return st.Start(demoStream, "honey", nil, now)
	})
}

func (s *stand) do(ctx context.Context, decide func(*overlay.State, time.Time) ([]overlay.Event, error)) error {
	_, err := s.control.Do(ctx, control.Request{Decide: decide})
	return err
}
