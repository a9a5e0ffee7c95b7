package destination_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestStatesOfAShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		d := run(t, destination.Config{Feed: f, Dialer: p})
		synctest.Wait()
		expect(t, d.Destination, destination.Off)

		d.Enable()
		synctest.Wait()
		expect(t, d.Destination, destination.Idle)

		b := f.begin()
		synctest.Wait()
		expect(t, d.Destination, destination.Connecting) // nothing to send yet
		time.Sleep(time.Minute)
		expect(t, d.Destination, destination.Connecting)

		go b.play(t.Context())
		time.Sleep(time.Second)
		expect(t, d.Destination, destination.Live)
		time.Sleep(10 * time.Second)
		s := d.Status()
		if rate := 25. * 1012 * 8; s.BitrateOut < rate*.9 || s.BitrateOut > rate*1.1 {
			t.Errorf("bitrate is %v, want about %v", s.BitrateOut, rate)
		}
		if s.Remote != "192.0.2.1:1935" || s.Attempt != 1 || s.Dropped != 3 || s.Lag != 70*time.Millisecond || s.SentBytes != s.AckedBytes || s.SentBytes < 10*25*1000 {
			t.Errorf("status of a live destination: %+v", s)
		}

		close(b.done)
		synctest.Wait()
		expect(t, d.Destination, destination.Idle)
		if s := d.Status(); s.Remote != "" || !s.ConnectedSince.IsZero() || s.BitrateOut != 0 {
			t.Errorf("status after the show: %+v", s)
		}
		d.Disable()
		synctest.Wait()
		expect(t, d.Destination, destination.Off)
		d.end(t)
	})
}

func TestConnectionBeginsWithHeadersAndKeyframe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		b := f.begin()
		b.fourCCs = []string{"hvc1"}
		at := 3 * time.Hour
		b.add(
			media.Packet{Kind: media.Data, Header: true, Time: time.Second, Body: []byte("metadata")},
			media.Packet{Kind: media.Video, Header: true, Keyframe: true, Time: time.Second, Body: []byte("video header")},
			media.Packet{Kind: media.Audio, Header: true, Time: time.Second, Body: []byte("audio header")},
			media.Packet{Kind: media.Video, Keyframe: true, Time: at - 2*time.Second, Body: []byte("old")},
			media.Packet{Kind: media.Video, Keyframe: true, Time: at, Body: []byte("keyframe")},
			media.Packet{Kind: media.Audio, Time: at - 5*time.Millisecond, Body: []byte("audio")},
			media.Packet{Kind: media.Data, Time: at + 20*time.Millisecond, Body: []byte("cue")},
			media.Packet{Kind: media.Video, Time: at + 40*time.Millisecond, Body: []byte("frame")},
		)
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true, Delay: time.Second})
		synctest.Wait()
		want := []rtmp.Message{
			{Type: 18, Body: []byte("\x02\x00\x0d@setDataFramemetadata")},
			{Type: 9, Body: []byte("video header")},
			{Type: 8, Body: []byte("audio header")},
			{Type: 9, Body: []byte("keyframe")},
			{Type: 8, Body: []byte("audio")},
			{Type: 18, Time: 20, Body: []byte("cue")},
			{Type: 9, Time: 40, Body: []byte("frame")},
		}
		got := p.last().received()
		if !slices.EqualFunc(got, want, func(a, b rtmp.Message) bool {
			return a.Type == b.Type && a.Time == b.Time && string(a.Body) == string(b.Body)
		}) {
			t.Errorf("received %v\nwant     %v", got, want)
		}
		if l := b.opened()[0]; l != (destination.Limits{Delay: time.Second, QueueBytes: 8 << 20, QueueTime: 4 * time.Second}) {
			t.Errorf("source was opened with %+v", l)
		}
		if !slices.Equal(p.targets()[0].FourCCs, b.fourCCs) {
			t.Errorf("dialed with codecs %v", p.targets()[0].FourCCs)
		}
		d.end(t)
	})
}

func TestGoodbye(t *testing.T) {
	cases := map[string]struct {
		stuck bool
		end   func(b *broadcast, c *conn, d *running)
		want  int
		state destination.State
	}{
		"the broadcast ends":        {end: func(b *broadcast, _ *conn, _ *running) { close(b.done) }, want: 1, state: destination.Idle},
		"disabled":                  {end: func(_ *broadcast, _ *conn, d *running) { d.Disable() }, want: 1, state: destination.Off},
		"the program ends":          {end: func(_ *broadcast, _ *conn, d *running) { d.stop() }, want: 1, state: destination.Off},
		"disabled while stuck":      {stuck: true, end: func(_ *broadcast, _ *conn, d *running) { d.Disable() }, state: destination.Off},
		"the platform hangs up":     {end: func(_ *broadcast, c *conn, _ *running) { c.reset(errReset) }, state: destination.Live},
		"the platform goes on deaf": {end: func(_ *broadcast, c *conn, _ *running) { c.setDeaf(true); time.Sleep(12 * time.Second) }, state: destination.Live},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, p := newFeed(), &platform{stuck: tc.stuck}
				d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
				b := f.begin()
				ctx, stop := context.WithCancel(t.Context())
				go b.play(ctx)
				time.Sleep(3 * time.Second)
				first := p.last()
				tc.end(b, first, d)
				time.Sleep(2*time.Second + 500*time.Millisecond)
				goodbyes, closed := first.farewell()
				if goodbyes != tc.want || !closed {
					t.Errorf("goodbyes %d, closed %v; want %d and closed", goodbyes, closed, tc.want)
				}
				expect(t, d.Destination, tc.state)
				stop()
				if took := d.end(t); took > 2*time.Second {
					t.Errorf("the end took %v", took)
				}
			})
		})
	}
}

func TestStallIsShownThenCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		b := f.begin()
		ctx, hold := context.WithCancel(t.Context())
		go b.play(ctx)
		time.Sleep(20 * time.Second)
		expect(t, d.Destination, destination.Live)

		c := p.last()
		c.setDeaf(true)
		time.Sleep(4 * time.Second)
		expect(t, d.Destination, destination.Live)
		time.Sleep(2 * time.Second)
		expect(t, d.Destination, destination.Stalled)
		c.setDeaf(false) // it recovers
		time.Sleep(time.Second)
		expect(t, d.Destination, destination.Live)

		c.setDeaf(true)
		deafAt := time.Now()
		time.Sleep(15 * time.Second)
		if took := c.end().Sub(deafAt); c.end().IsZero() || took < 9*time.Second || took > 11*time.Second {
			t.Errorf("cut after %v, want 10 s", took)
		}
		expect(t, d.Destination, destination.Live)
		if p.count() != 2 || d.Status().Reconnects != 1 {
			t.Errorf("%d connections, %d reconnects", p.count(), d.Status().Reconnects)
		}

		hold() // nothing to send is no stall
		time.Sleep(time.Minute)
		expect(t, d.Destination, destination.Live)
		if p.count() != 2 {
			t.Errorf("%d connections after a hold, want 2", p.count())
		}
		d.end(t)
	})
}

func TestStuckWriteIsAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{stuck: true}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		go f.begin().play(t.Context())
		time.Sleep(6 * time.Second)
		expect(t, d.Destination, destination.Stalled)
		time.Sleep(9 * time.Second)
		if p.count() < 2 {
			t.Errorf("no second connection after 15 s")
		}
		d.end(t)
	})
}

func TestWritesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, p := newFeed(), &platform{}
		b := f.begin()
		const most = 256 << 10
		b.add(media.Packet{Kind: media.Video, Keyframe: true, Body: make([]byte, 100<<10)})
		for range 10 {
			b.add(media.Packet{Kind: media.Video, Body: make([]byte, 100<<10)})
		}
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true})
		synctest.Wait()
		c := p.last()
		if largest, n := c.largestWrite(), len(c.received()); largest > most || largest < most/2 || n != 11 {
			t.Errorf("%d messages, the largest write has %d bytes", n, largest)
		}
		b.add(media.Packet{Kind: media.Video, Keyframe: true, Body: make([]byte, 2<<20)})
		synctest.Wait()
		if len(c.received()) != 12 {
			t.Error("a body larger than a batch did not come through")
		}
		d.end(t)
	})
}

func TestRunFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := run(t, destination.Config{Feed: newFeed(), Dialer: &platform{}, Enabled: true})
		synctest.Wait()
		if err := d.Run(t.Context()); err == nil {
			t.Error("a second Run was let in")
		}
		d.end(t)
	})
}

func TestConfigErrors(t *testing.T) {
	good := destination.Config{Name: "shop", Targets: []rtmp.Target{target("rtmp://a.example/live")}, Feed: newFeed(), Dialer: &platform{}}
	cases := map[string]struct {
		spoil func(*destination.Config)
		want  string
	}{
		"no name":        {func(c *destination.Config) { c.Name = "" }, "no name"},
		"no target":      {func(c *destination.Config) { c.Targets = nil }, "no server"},
		"bad server":     {func(c *destination.Config) { c.Targets = []rtmp.Target{target("http://a/b")} }, "rtmp://"},
		"negative delay": {func(c *destination.Config) { c.Delay = -1 }, "negative"},
		"no feed":        {func(c *destination.Config) { c.Feed = nil }, "Feed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := good
			tc.spoil(&cfg)
			if _, err := destination.New(cfg); err == nil || !mentions(err.Error(), tc.want) {
				t.Errorf("error %v does not mention %q", err, tc.want)
			}
		})
	}
	if _, err := destination.New(good); err != nil {
		t.Error(err)
	}
}

func TestStatusJSON(t *testing.T) {
	s := destination.Status{Stream: "main", Name: "shop", State: destination.BackingOff, Lag: 1500 * time.Millisecond, Since: time.Unix(1, 0).UTC()}
	b, err := json.Marshal(s)
	if err != nil || !mentions(string(b), `"state":"backing_off"`, `"lag_seconds":1.5`) || mentions(string(b), "next_try") {
		t.Errorf("%s, %v", b, err)
	}
	var back destination.Status
	if err := json.Unmarshal(b, &back); err != nil || back != s {
		t.Errorf("came back as %+v, %v", back, err)
	}
	if got := destination.BackingOff.String(); got != "backing off" {
		t.Errorf("in words: %q", got)
	}
}
