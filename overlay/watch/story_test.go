package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// diary is a log of banners on each stream, one a second and never two at once, in
// which each hundredth event has a mark. It takes a second to be read.
type diary struct {
	began time.Time
	seqs  uint64

	mu        sync.Mutex // guards the rest
	asked     []uint64   // after which events
	now, most int        // readers, of one stream
}

func (d *diary) shown(stream string, seq uint64) overlay.Event {
	b := &overlay.Banner{ID: "b", Text: fmt.Sprint(seq)}
	e := overlay.Event{Seq: seq, At: d.began.Add(time.Duration(seq) * time.Second), Type: overlay.BannerShown, Stream: stream, ID: "b", Banner: b}
	if seq%2 == 0 {
		e.Type = overlay.BannerHidden
	}
	return e
}

func (d *diary) Mark(_ context.Context, _ string, before time.Time) (overlay.Mark, error) {
	seq := uint64(before.Sub(d.began)/time.Second) / 100 * 100
	return overlay.Mark{Seq: seq, At: d.began.Add(time.Duration(seq) * time.Second)}, nil
}

func (d *diary) Events(_ context.Context, q overlay.LogQuery) (out []overlay.Event, _ error) {
	d.mu.Lock()
	d.asked = append(d.asked, q.After)
	if q.Stream == "main" {
		d.now++
		d.most = max(d.most, d.now)
	}
	d.mu.Unlock()
	time.Sleep(time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	if q.Stream == "main" {
		d.now--
	}
	for seq := q.After + 1; seq <= d.seqs && len(out) < 50; seq++ {
		out = append(out, d.shown(q.Stream, seq))
	}
	return out, nil
}

func (d *diary) queries() []uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked
	d.asked = nil
	return asked
}

type noLinks struct{}

func (noLinks) ShortLink(offer, _ string) string { return "/o/" + offer }

// A story begins near its show, is made once at a time, and once and for all when
// the show is over.
func TestStoriesAreMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{began: time.Now(), seqs: 5000}
		time.Sleep(10 * time.Hour)
		s := newStories()
		show := func(from, to int) Span {
			return Span{From: d.began.Add(time.Duration(from) * time.Second), To: d.began.Add(time.Duration(to) * time.Second)}
		}
		tell := func(stream string, span Span) (changes []change) {
			body, err := s.tell(t.Context(), d, noLinks{}, stream, span)
			if err != nil {
				t.Error(err)
			}
			var story struct{ Changes []change }
			if err := json.Unmarshal(body, &story); err != nil {
				t.Error(err)
			}
			return story.Changes
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				from := 4050 + i%2*500
				c := tell("main", show(from, from+9))
				if len(c) != 11 || c[0].At != d.began.Add(time.Duration(from-1)*time.Second).UnixMilli() || len(c[0].Banners) != 1 || len(c[10].Banners) != 1 || c[10].Banners[0].Text != fmt.Sprint(from+9) {
					t.Errorf("of the show at %d it tells %+v", from, c)
				}
			})
		}
		begun := time.Now()
		tell("other", show(4050, 4060))
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("another stream's story took %v", took)
		}
		all.Wait()
		if asked := d.queries(); len(asked) != 6 || d.most != 1 {
			t.Errorf("for three shows the log was read after %v, by %d at once", asked, d.most)
		} else {
			for _, after := range asked {
				if after < 4000 {
					t.Errorf("it was read after event %d", after)
				}
			}
		}
		time.Sleep(24 * time.Hour)
		tell("main", show(4050, 4059))
		if asked := d.queries(); len(asked) > 0 {
			t.Errorf("a show that is over is looked up again: %v", asked)
		}
		running := Span{From: d.began.Add(4050 * time.Second), To: time.Now().Add(-time.Hour), Running: true}
		for range 3 {
			tell("main", running)
			running.To = running.To.Add(time.Second)
		}
		first := len(d.queries())
		time.Sleep(storyLasts)
		tell("main", running)
		if again := len(d.queries()); first == 0 || again != first {
			t.Errorf("of a show that goes on the log was read %d times, and later %d times", first, again)
		}
	})
}

// What was on already when the show began is told though nothing changed since the
// mark.
func TestStoryBeginsWithTheMark(t *testing.T) {
	stage := overlay.Stage{Banners: []overlay.Shown{{Banner: overlay.Banner{ID: "b", Text: "Hello"}}}}
	at := time.Date(2026, 3, 1, 19, 0, 0, 0, time.UTC)
	changes, err := changesOf(t.Context(), quiet{overlay.Mark{Seq: 5, At: at, Stage: stage}}, noLinks{}, "main", Span{From: at.Add(time.Hour), To: at.Add(2 * time.Hour)})
	if err != nil || len(changes) != 1 || changes[0].At != at.UnixMilli() || len(changes[0].Banners) != 1 || changes[0].Banners[0].Text != "Hello" {
		t.Errorf("%+v, %v", changes, err)
	}
}

// quiet is a log in which nothing has happened since a mark.
type quiet struct{ mark overlay.Mark }

func (q quiet) Mark(context.Context, string, time.Time) (overlay.Mark, error)   { return q.mark, nil }
func (quiet) Events(context.Context, overlay.LogQuery) ([]overlay.Event, error) { return nil, nil }

// evening is a log of an evening that sells well: eight offers start, are sold one
// by one, and end.
func evening(began time.Time, sold int) (log sales, ended time.Time) {
	const offers = 8
	add := func(e overlay.Event, at time.Time) {
		e.Seq, e.Stream, e.At = uint64(len(log)+1), "main", at
		log = append(log, e)
	}
	left := int64(sold)
	for i := range offers {
		o := &overlay.Offer{ID: fmt.Sprint("o", i), Title: "Honey", Price: overlay.Money{Amount: 1250, Currency: "EUR"}, URL: "https://shop.example.com", Stock: &left, Disclosure: overlay.Own}
		add(overlay.Event{Type: overlay.OfferStarted, ID: o.ID, Run: uint64(i + 1), Starts: began, Ends: began.Add(24 * time.Hour), Offer: o}, began.Add(time.Second))
	}
	for n := range sold {
		o, left := *log[n%offers].Offer, int64(sold-n)
		o.Stock = &left
		add(overlay.Event{Type: overlay.OfferUpdated, ID: o.ID, Run: uint64(n%offers + 1), Starts: began, Ends: began.Add(24 * time.Hour), Offer: &o}, began.Add(time.Duration(n+2)*time.Second))
	}
	ended = began.Add(time.Duration(sold+2) * time.Second)
	for i := range offers {
		add(overlay.Event{Type: overlay.OfferEnded, ID: fmt.Sprint("o", i), Run: uint64(i + 1)}, ended)
	}
	return log, ended
}

// sales is a log from its beginning.
type sales []overlay.Event

func (sales) Mark(context.Context, string, time.Time) (overlay.Mark, error) {
	return overlay.Mark{}, nil
}

func (s sales) Events(_ context.Context, q overlay.LogQuery) ([]overlay.Event, error) {
	i := min(int(q.After), len(s))
	return s[i:min(i+500, len(s))], nil
}

// A story tells what was on, not what was left: each sale would be told to all who
// ever see the show.
func TestStoryIsOfWhatWasOn(t *testing.T) {
	began := time.Date(2026, 3, 1, 19, 0, 0, 0, time.UTC)
	log, ended := evening(began, 6000)
	changes, err := changesOf(t.Context(), log, noLinks{}, "main", Span{From: began, To: ended.Add(time.Hour)})
	if err != nil || len(changes) != 16 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	for i, c := range changes {
		if want := min(i+1, 15-i); len(c.Offers) != want {
			t.Errorf("change %d has %d offers, want %d", i, len(c.Offers), want)
		}
		for _, o := range c.Offers {
			if o.Stock != nil || o.Ends != 0 {
				t.Errorf("change %d tells what was left: %+v", i, o)
			}
		}
	}
}

// Of a show in which too much happened the rest is not known. Nothing is better
// than offers for ever.
func TestStoryThatIsTooLongEndsEmpty(t *testing.T) {
	began := time.Date(2026, 3, 1, 19, 0, 0, 0, time.UTC)
	d := &diary{began: began, seqs: maxChanges + 200}
	synctest.Test(t, func(t *testing.T) {
		changes, err := changesOf(t.Context(), d, noLinks{}, "main", Span{From: began.Add(2500 * time.Millisecond), To: began.Add(24 * time.Hour)})
		if n := len(changes); err != nil || n != maxChanges+1 || len(changes[n-1].Banners) != 0 || len(changes[n-2].Banners) != 1 {
			t.Errorf("%d changes, %v", n, err)
		}
	})
}

// TestStoriesHaveABound keeps stories of a megabyte for whoever comes next.
func TestStoriesHaveABound(t *testing.T) {
	s := newStories()
	for i := range 100 {
		s.keep(fmt.Sprint(i%50), story{body: make([]byte, 1<<20)})
	}
	s.keep("huge", story{body: make([]byte, keptBytes+1)})
	sum := 0
	for _, one := range s.kept {
		sum += len(one.body)
	}
	if sum != 16<<20 || s.bytes != sum {
		t.Errorf("%d bytes are kept, and %d counted", sum, s.bytes)
	}
}
