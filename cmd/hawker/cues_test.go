package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
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

// What is said of a stream that was taken away, such as that its offers have ended,
// does not bring it back, nor the figures of its destinations.
func TestAStreamThatIsGoneLeavesNothing(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := newCues(reg, func(string) string { return "" }, slog.New(slog.DiscardHandler))
	main := config.Stream{Name: "main", Destinations: []config.Destination{{Name: "a", Metadata: []string{"amf", "sei"}}, {Name: "b", Metadata: []string{"amf"}}}}
	c.keep([]config.Stream{main})
	for _, d := range main.Destinations {
		c.decorator("main", d).Decorate(&film{})
	}
	series := func() int {
		n, err := testutil.GatherAndCount(reg)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := series(); n != 6 {
		t.Errorf("three formats have %d series", n)
	}
	first := main
	first.Destinations = main.Destinations[:1]
	c.keep([]config.Stream{first})
	c.decorator("main", main.Destinations[1]).Decorate(&film{}) // it comes once more before it ends
	if n := series(); n != 4 {
		t.Errorf("without one of the destinations there are %d series", n)
	}
	gone := c.line("main")
	c.keep(nil)
	c.tell("main", []overlay.Event{{Type: overlay.OfferEnded, Stream: "main", ID: "honey"}}, overlay.Stage{})
	if n := series(); n != 0 || len(c.lines) != 0 {
		t.Errorf("%d series and %d lines are left", n, len(c.lines))
	}
	c.keep([]config.Stream{main})
	c.tell("main", nil, overlay.Stage{})
	if len(c.lines) != 1 || c.line("main") == gone {
		t.Error("a stream that comes back has no new line")
	}
}

// Each change says what runs: it costs the offers that have changed, not all.
func TestWhatRunsIsKeptOnce(t *testing.T) {
	link := "https://a.example"
	c := newCues(nil, func(string) string { return link }, slog.New(slog.DiscardHandler))
	stage := overlay.Stage{}
	for i := range 3 {
		stage.Runs = append(stage.Runs, overlay.Run{ID: uint64(i), Revision: uint64(i), Offer: overlay.Offer{ID: fmt.Sprint(i)}})
	}
	l := c.line("main")
	before := l.running(stage.Cues(c.link))
	stage.Runs[1].Revision = 9
	after := l.running(stage.Cues(c.link))
	for i, want := range []bool{true, false, true} {
		if same := &before[i].JSON[0] == &after[i].JSON[0]; same != want {
			t.Errorf("offer %d: %v", i, same)
		}
	}
	link = "https://b.example"
	if moved := l.running(stage.Cues(c.link)); !bytes.Contains(moved[0].JSON, []byte(link)) {
		t.Error("another link is not told")
	}
	l.running(nil)
	if len(l.runs) != 0 {
		t.Error("what has ended is kept")
	}
}
