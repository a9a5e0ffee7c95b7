package main

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/media"
)

// film is a source of one keyframe each 50 ms, from the first one on.
type film struct{ at time.Duration }

func (p *film) Poll(batch []media.Packet) (int, error) {
	p.at += 50 * time.Millisecond
	batch[0] = media.Packet{Kind: media.Video, Keyframe: true, Time: p.at, Body: []byte{0x17, 1, 0, 0, 0}}
	return 1, nil
}
func (p *film) Next(_ context.Context, batch []media.Packet) (int, error) { return p.Poll(batch) }
func (p *film) Lag() time.Duration                                        { return 0 }
func (p *film) Dropped() uint64                                           { return 0 }
func (p *film) Close() error                                              { return nil }

// A shop that sells twenty a second does not fill the stream with it; what begins
// and ends is told whatever else there is.
func TestUpdatesInTheStreamAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCues(nil, func(string) string { return "https://a.example" }, slog.New(slog.DiscardHandler))
		encoder := &film{}
		source := c.decorator("main", config.Destination{Name: "d", Metadata: []string{"amf"}}).Decorate(encoder)
		offer := &overlay.Offer{ID: "honey", Title: "Honey", Price: overlay.Money{Amount: 1, Currency: "EUR"}, URL: "https://a.example"}
		seq, told := uint64(0), map[string]int{}
		tell := func(kind overlay.EventType) {
			seq++
			e := overlay.Event{Seq: seq, Run: 1, Type: kind, Stream: "main", ID: "honey", Offer: offer, Media: encoder.at.Milliseconds()}
			c.tell("main", []overlay.Event{e}, overlay.Stage{})
			var batch [8]media.Packet
			n, _ := source.Poll(batch[:])
			for _, p := range batch[:n] {
				for _, name := range []string{"offer.start", "offer.update", "offer.end"} {
					if p.Kind == media.Data && bytes.Contains(p.Body, []byte("onTextData")) && bytes.Contains(p.Body, []byte(`"`+name+`"`)) {
						told[name]++
					}
				}
			}
		}
		_, _ = source.Poll(make([]media.Packet, 8)) // the connection has begun
		tell(overlay.OfferAnnounced)
		for range 200 {
			tell(overlay.OfferUpdated)
			time.Sleep(50 * time.Millisecond)
		}
		tell(overlay.OfferEnded)
		if told["offer.start"] != 1 || told["offer.end"] != 1 || told["offer.update"] < 45 || told["offer.update"] > 60 {
			t.Errorf("of a start, 200 updates in ten seconds and an end it got %v", told)
		}
		before := c.line("main")
		c.keep([]config.Stream{{Name: "other"}})
		if c.line("main") == before {
			t.Error("a stream that was gone has its old cues")
		}
	})
}
