package watch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/watch"
)

// A page is told of all that runs, and from which time of the stream on.
func TestStatesTellWhenTheyHold(t *testing.T) {
	h := open(t, nil)
	p := h.come("")
	if s := p.state(); len(s.Offers) != 0 || s.Since != 0 || s.Page == "" {
		t.Errorf("before all it is told %+v", s)
	}
	h.position.Store(int64(7 * time.Second))
	run := h.sell(honey())
	s := p.state()
	if s.T != 7000 || len(s.Offers) != 1 {
		t.Fatalf("it is told %+v, want one offer at 7000", s)
	}
	o := s.Offers[0]
	if o.Run != run.ID || o.Title != "Forest honey, 500 g" || o.Price != 1250 || o.Digits != 2 || *o.Stock != 3 || o.Disclosure != "affiliate" ||
		o.Link != "/o/honey/watch" || o.Image != "/images/honey.png" || o.Ends != run.Ends.UnixMilli() {
		t.Errorf("the offer is told as %+v", o)
	}
	h.position.Store(int64(9 * time.Second))
	h.do(func(s *overlay.State, now time.Time) ([]overlay.Event, error) {
		return s.ShowBanner("main", overlay.Banner{ID: "b", Text: "Free <b>shipping", URL: "https://shop.example.com/"}, now)
	})
	if s = p.state(); s.T != 9000 || len(s.Banners) != 1 || s.Banners[0].Text != "Free <b>shipping" || s.Banners[0].Link != "https://shop.example.com/" {
		t.Errorf("of the banner it is told %+v", s)
	}
	h.position.Store(int64(11 * time.Second))
	h.stock("honey", 0)
	s = p.until("the end", func(s told) bool { return len(s.Offers) == 0 })
	if s.T != 11000 || len(s.Over) != 1 || s.Over[0].Run != run.ID || s.Over[0].Reason != overlay.ByStock {
		t.Errorf("of the end it is told %+v", s)
	}
	if late := h.come("").state(); len(late.Offers) != 0 || len(late.Banners) != 1 || len(late.Over) != 1 {
		t.Errorf("who comes late is told %+v", late)
	}
}

// A broadcast that begins is another session, and one that ends is remembered.
func TestStatesTellOfBroadcasts(t *testing.T) {
	next := time.Now().Add(time.Hour).Truncate(time.Second)
	h := open(t, func(c *watch.Config) { c.Settings.Streams[0].StartsAt = next })
	p := h.come("")
	idle := p.state()
	if idle.Next != next.UnixMilli() {
		t.Errorf("the next show is at %d, want %d", idle.Next, next.UnixMilli())
	}
	since := time.Now()
	h.watch.Live("main", since)
	live := p.state()
	if live.Since != since.UnixMilli() || live.Session == idle.Session {
		t.Errorf("live it is told %+v", live)
	}
	h.watch.Live("main", time.Time{})
	if over := p.state(); over.Since != 0 || over.Ended < since.UnixMilli() || over.Session == live.Session {
		t.Errorf("after it %+v", over)
	}
	h.watch.Live("nobody's", time.Now())
	must(t, h.watch.Apply(watch.Settings{Streams: []watch.Stream{{Name: "main", StartsAt: next.Add(time.Hour)}}}))
	if s := p.state(); s.Next != next.Add(time.Hour).UnixMilli() || s.Page == live.Page || s.Ended == 0 {
		t.Errorf("with other settings %+v", s)
	}
	must(t, h.watch.Apply(watch.Settings{Streams: []watch.Stream{{Name: "other"}}}))
	for {
		if _, _, err := p.event(); err != nil {
			break
		}
	}
	if got := h.get("GET", "/main").StatusCode; got != http.StatusNotFound {
		t.Errorf("a page that is gone answers %d", got)
	}
}

// A page that does not keep up goes on with what is now; one that misses nothing
// is sent each change.
func TestEachChangeIsTold(t *testing.T) {
	h := open(t, nil)
	p := h.come("")
	p.state()
	h.sell(honey())
	p.state()
	for n := int64(100); n < 120; n++ {
		h.stock("honey", n)
	}
	for n := int64(100); n < 120; n++ {
		if s := p.state(); *s.Offers[0].Stock != n {
			t.Fatalf("it is told that %d are left, want %d", *s.Offers[0].Stock, n)
		}
	}
}

// betweenShows is how much later a broadcast is one of another show.
const betweenShows = 4 * time.Hour

// Joins are counted once for each broadcast, and who comes back to another show as
// that.
func TestAudience(t *testing.T) {
	h := open(t, nil)
	ana, ben := strings.Repeat("a", 32), strings.Repeat("b", 32)
	wait := func(want watch.Audience) {
		t.Helper()
		eventually(t, fmt.Sprintf("%+v", want), func() bool {
			got := h.audience()
			got.WatchSeconds, got.Peak = 0, 0
			return got == want
		})
	}
	first := h.come("named")
	wait(watch.Audience{Viewers: 1}) // nothing is on
	h.visit(ana)
	now := time.Now().Add(-time.Hour)
	seen := "seen=" + strconv.FormatInt(now.UnixMilli(), 10)
	h.watch.Live("main", now)
	first.until("it is live", func(s told) bool { return s.Since != 0 })
	h.visit(ana)
	wait(watch.Audience{Viewers: 1, Joins: 1})
	first.leave()
	wait(watch.Audience{Joins: 1})
	first = h.come(seen + "&named") // the connection broke
	other := h.come("named")        // the page was loaded again
	h.visit(ana)
	h.come("named")
	h.visit(ben)
	wait(watch.Audience{Viewers: 3, Joins: 2})
	h.come("named", "Sec-GPC: 1") // wants not to be known: one more, when it connects
	h.visit(strings.Repeat("c", 32), "Sec-GPC: 1")
	h.come("named", "DNT: 1")
	h.visit(strings.Repeat("d", 32), "DNT: 1")
	h.come("")
	h.come(seen)         // counted when it was here first
	h.come("seen=12345") // counted for another broadcast
	wait(watch.Audience{Viewers: 8, Joins: 6})
	other.leave()
	wait(watch.Audience{Viewers: 7, Joins: 6})
	over := func() {
		h.watch.Live("main", time.Time{})
		first.until("it is over", func(s told) bool { return s.Since == 0 })
	}
	on := func(since time.Time) {
		h.watch.Live("main", since)
		first.until("the next one is live", func(s told) bool { return s.Since == since.UnixMilli() })
		h.visit(ana)
		h.visit(ben)
	}
	over()
	on(time.Now().Add(betweenShows - time.Minute)) // the second half of the evening
	wait(watch.Audience{Viewers: 7, Joins: 13})
	on(time.Now().Add(2 * betweenShows)) // and the last one, right after it
	wait(watch.Audience{Viewers: 7, Joins: 20})
	over()
	on(time.Now().Add(3 * betweenShows)) // the next show
	wait(watch.Audience{Viewers: 7, Joins: 27, Returning: 2})
	on(time.Now().Add(3*betweenShows + time.Minute)) // is in two parts, too
	wait(watch.Audience{Viewers: 7, Joins: 34, Returning: 4})
	if got := h.series(`hawker_viewers{destination="watch",stream="main"}`); got != "7" {
		t.Errorf("the gauge of viewers says %s", got)
	}
	first.leave()
	if got := h.audience(); got.WatchSeconds <= 0 || got.Peak < 7 {
		t.Errorf("the audience is %+v", got)
	}
}

type forgetful struct{}

func (forgetful) Visit(context.Context, overlay.Visit, func() bool) (bool, bool, error) {
	return true, true, errors.New("the disk is full")
}

func TestAStoreThatFailsCostsNoViewer(t *testing.T) {
	h := open(t, func(c *watch.Config) { c.Visits = forgetful{} })
	h.watch.Live("main", time.Now())
	p := h.come("named")
	p.until("it is live", func(s told) bool { return s.Since != 0 })
	h.visit(strings.Repeat("a", 32))
	eventually(t, "it is counted", func() bool { return h.audience().Joins == 1 })
	if got := h.audience(); got.Returning != 0 {
		t.Errorf("of the audience it says %+v", got)
	}
}

// One address cannot take all places.
func TestPlacesAreLimited(t *testing.T) {
	for name, addrs := range map[string]struct{ one, same, other string }{
		"IPv4": {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
		"IPv6": {"2001:db8:0:1::%x", "2001:db8:0:1:ffff::1", "2001:db8:0:2::1"}, // whoever has one has a /64
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, func(c *watch.Config) { c.Client = byHeader })
			var pages []*page
			for {
				one := addrs.one
				if strings.Contains(one, "%") {
					one = fmt.Sprintf(one, len(pages)+1)
				}
				p, err := h.try("", "X-Test-Address: "+one)
				if err != nil {
					if !strings.Contains(err.Error(), "503") {
						t.Errorf("one too many is answered %v", err)
					}
					break
				}
				if pages = append(pages, p); len(pages) > 1000 {
					t.Fatal("one address has a thousand places")
				}
			}
			h.come("", "X-Test-Address: "+addrs.other).state()
			pages[0].leave()
			eventually(t, "a place is free", func() bool {
				_, err := h.try("", "X-Test-Address: "+addrs.same)
				return err == nil
			})
		})
	}
}

// A page of somebody else's could take all places that a viewer's address has.
func TestOtherSitesAreToldNothing(t *testing.T) {
	h := open(t, nil)
	for _, site := range []string{"cross-site", "same-site"} {
		if _, err := h.try("", "Sec-Fetch-Site: "+site); err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("%s is answered %v, want 403", site, err)
		}
	}
	for _, site := range []string{"same-origin", "none"} {
		h.come("", "Sec-Fetch-Site: "+site).state()
	}
}

// Who makes up names is counted like others, but not all of them are kept; who comes
// back is known whoever else comes from the same address, and so is a crowd as large
// as there is room for.
func TestMadeUpNamesAreNotAllKept(t *testing.T) {
	kept := noter{known: map[string]bool{}}
	h := open(t, func(c *watch.Config) { c.Client, c.Visits = byHeader, &kept })
	h.watch.Live("main", time.Now())
	h.come("named").until("it is live", func(s told) bool { return s.Since != 0 })
	const most, many = 600, 650
	come := func(visitor int, addr string) { h.visit(fmt.Sprintf("%032x", visitor), "X-Test-Address: "+addr) }
	for i := range many {
		come(i, fmt.Sprintf("2001:db8::%x", i+1))
	}
	if got := h.audience().Joins; got != many {
		t.Errorf("of %d visitors %d are counted", many, got)
	}
	if got := kept.count(); got != most {
		t.Errorf("of %d names %d are kept", many, got)
	}
	if got := h.series("hawker_watch_visits_lost_total"); got != strconv.Itoa(many-most) {
		t.Errorf("%s are told to be lost", got)
	}
	for i := range 5 {
		come(i, "2001:db8::1")
	}
	if got := h.audience().Returning; got != 5 {
		t.Errorf("of 5 who came back %d are known", got)
	}
	come(many, "2001:db8:0:1::1")
	if got := kept.count(); got != most+1 {
		t.Errorf("from another address %d are kept", got-most)
	}
}

// noter remembers whom it may.
type noter struct {
	mu    sync.Mutex // guards the rest
	known map[string]bool
	told  int // visits
}

func (n *noter) Visit(_ context.Context, v overlay.Visit, may func() bool) (first, returning bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told++
	if n.known[v.Visitor] {
		return true, true, nil
	}
	if may() {
		n.known[v.Visitor] = true
	}
	return true, false, nil
}

func (n *noter) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.known)
}

func (n *noter) visits() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.told
}
