package relay_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// show is a relay with one live stream to three platforms, which can be changed.
type show struct {
	*rig
	a, b, c *relaytest.Platform
	encoder *relaytest.Encoder
}

func newShow(t *testing.T) *show {
	t.Helper()
	s := &show{}
	for _, p := range []**relaytest.Platform{&s.a, &s.b, &s.c} {
		*p = relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	}
	s.rig = live(t, to("a", s.a), to("b", s.b), to("c", s.c))
	s.encoder = s.encode(relaytest.EncoderConfig{})
	for _, p := range []*relaytest.Platform{s.a, s.b, s.c} {
		reach(t, session(t, p, 1), 1000)
	}
	return s
}

// changed is the configuration with something changed in it.
func (r *rig) changed(change func(*relay.Config)) relay.Config {
	conf := r.conf
	conf.Streams = nil
	for _, s := range r.conf.Streams {
		s.Destinations = append([]relay.Destination(nil), s.Destinations...)
		conf.Streams = append(conf.Streams, s)
	}
	change(&conf)
	return conf
}

func (r *rig) change(change func(*relay.Config)) {
	r.t.Helper()
	r.conf = r.changed(change)
	must(r.t, r.Apply(r.conf))
}

func TestChangedDestinationReconnectsAlone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change  func(*relay.Destination)
		goodbye bool // to the old place, when it is not the new one too
	}{
		"key":   {func(d *relay.Destination) { d.Target.Key = key("another") }, true},
		"app":   {func(d *relay.Destination) { d.Target.Server += "2" }, true},
		"delay": {func(d *relay.Destination) { d.Delay = 300 * time.Millisecond }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShow(t)
			at := time.Now()
			s.change(func(c *relay.Config) { tt.change(&c.Streams[0].Destinations[1]) })
			back := session(t, s.b, 2)
			reach(t, back, 1)
			if took := back.Messages()[0].Arrived.Sub(at); took > 3*time.Second+noise {
				t.Errorf("back after %v, want 3 s at most", took)
			}
			reach(t, back, 1000)
			want := s.conf.Streams[0].Destinations[1].Target
			if back.Key() != want.Key.Reveal() || back.TCURL() != want.Server {
				t.Errorf("it publishes to %s, with the new key: %v", back.TCURL(), back.Key() == want.Key.Reveal())
			}
			if old := session(t, s.b, 1); old.Goodbye() != tt.goodbye {
				t.Errorf("goodbye on the old connection: %v, want %v", old.Goodbye(), tt.goodbye)
			}
			checkWhole(t, "b", s.encoder, back)
			if n := s.b.MaxConcurrent(); n != 1 {
				t.Errorf("%d connections of one destination at once", n)
			}
			checkUndisturbed(t, "a", s.encoder, s.a)
			checkUndisturbed(t, "c", s.encoder, s.c)
		})
	}
}

func TestBadConfigurationChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShow(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = taken.Close() }()
	dir := t.TempDir()
	ca, _ := relaytest.StartCA(t, dir)
	cert, private, err := ca.WriteKeyPair(t.TempDir())
	must(t, err)
	junk := filepath.Join(dir, "cert.pem")
	must(t, os.WriteFile(junk, []byte("no certificate"), 0o600))
	tests := map[string]struct {
		change func(*relay.Config)
		want   string
	}{
		"no key":       {func(c *relay.Config) { c.Streams[0].Key = secret.Secret{} }, "stream main: key is missing"},
		"name twice":   {func(c *relay.Config) { c.Streams = append(c.Streams, stream("main")) }, "names must be unique"},
		"key twice":    {func(c *relay.Config) { c.Streams = append(c.Streams, c.Streams[0]); c.Streams[1].Name = "x" }, "the same key"},
		"bad server":   {func(c *relay.Config) { c.Streams[0].Destinations[2].Target.Server = "http://x/y" }, "destination c: server URL must begin"},
		"bad backup":   {func(c *relay.Config) { c.Streams[0].Destinations[2].Backups = []rtmp.Target{{}} }, "destination c: server URL"},
		"address used": {func(c *relay.Config) { c.RTMP = taken.Addr().String() }, "ingest.rtmp: listen"},
		"tls address used": {func(c *relay.Config) {
			c.RTMPS = &relay.RTMPS{Listen: taken.Addr().String(), CertFile: cert, KeyFile: private}
		}, "ingest.rtmps: listen"},
		"bad certificate": {func(c *relay.Config) {
			c.RTMPS = &relay.RTMPS{Listen: "127.0.0.1:0", CertFile: junk, KeyFile: filepath.Join(dir, "none.pem")}
		}, "ingest.rtmps: certificate " + junk},
		"negative delay": {func(c *relay.Config) { c.Streams[0].Destinations[0].Delay = -time.Second }, "destination a: delay cannot be negative"},
		"negative hold":  {func(c *relay.Config) { c.Streams[0].Hold = -time.Second }, "stream main: hold and stop grace cannot be negative"},
	}
	addr := s.Addr().String()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			conf := s.changed(func(c *relay.Config) {
				c.Streams[0].Destinations = c.Streams[0].Destinations[:3:3]
				tt.change(c)
				// Were it applied, these would show.
				c.Streams[0].Destinations[1].Target.Key = key("new")
				c.Streams = append(c.Streams, stream("extra"))
			})
			if err := s.Apply(conf); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Apply = %v, want an error with %q", err, tt.want)
			}
			if s.Addr().String() != addr || s.AddrTLS() != nil || len(s.Status()) != 1 {
				t.Errorf("listens on %v and %v, with %d streams", s.Addr(), s.AddrTLS(), len(s.Status()))
			}
		})
	}
	reach(t, session(t, s.a, 1), 3000)
	for name, p := range map[string]*relaytest.Platform{"a": s.a, "b": s.b, "c": s.c} {
		checkUndisturbed(t, name, s.encoder, p)
	}
}

func TestDestinationsComeAndGo(t *testing.T) {
	t.Parallel()
	s := newShow(t)
	fresh := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	s.change(func(c *relay.Config) {
		d := c.Streams[0].Destinations
		c.Streams[0].Destinations = []relay.Destination{to("fresh", fresh), d[2], d[0]} // b goes; the order is another
	})
	must(t, session(t, s.b, 1).WaitEnd(within(t, 3*time.Second+noise)))
	if !session(t, s.b, 1).Goodbye() {
		t.Error("the removed destination was not told goodbye")
	}
	joined := session(t, fresh, 1)
	reach(t, joined, 1000)
	checkWhole(t, "fresh", s.encoder, joined)

	must(t, s.Control("main", "fresh", relay.Disable))
	must(t, joined.WaitEnd(within(t, 3*time.Second+noise)))
	if state := s.status("fresh").State; !joined.Goodbye() || state != destination.Off {
		t.Errorf("disabled: goodbye %v, state %s", joined.Goodbye(), state)
	}
	must(t, s.Control("main", "fresh", relay.Enable))
	again := session(t, fresh, 2)
	reach(t, again, 1000)
	checkWhole(t, "fresh", s.encoder, again)

	s.change(func(c *relay.Config) { c.Streams[0].Destinations[0].Enabled = false })
	must(t, again.WaitGoodbye(within(t, 3*time.Second+noise)))
	s.change(func(c *relay.Config) { c.Streams[0].Destinations[0].Enabled = true })
	reach(t, session(t, fresh, 3), 500)
	if n := fresh.MaxConcurrent(); n != 1 {
		t.Errorf("%d connections of one destination at once", n)
	}
	checkUndisturbed(t, "a", s.encoder, s.a)
	checkUndisturbed(t, "c", s.encoder, s.c)
	for _, err := range []error{s.Control("none", "a", relay.Retry), s.Control("main", "b", relay.Retry)} {
		if !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("Control of what is not there: %v", err)
		}
	}
	if err := s.Control("main", "a", "explode"); err == nil {
		t.Error("an unknown action is taken")
	}
}

func TestStreamsComeAndGo(t *testing.T) {
	t.Parallel()
	s := newShow(t)
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	s.change(func(c *relay.Config) { c.Streams = append(c.Streams, stream("second", to("d", p))) })
	other := s.encode(relaytest.EncoderConfig{Target: s.ingest("second")})
	second := session(t, p, 1)
	reach(t, second, 1000)
	s.change(func(c *relay.Config) { c.Streams = c.Streams[:1] })
	var refusal *rtmp.Refusal
	if err := other.Wait(); !errors.As(err, &refusal) || !strings.Contains(refusal.Description, "removed from the configuration") {
		t.Errorf("the removed stream's encoder was told %v", err)
	}
	must(t, second.WaitEnd(within(t, 3*time.Second+noise)))
	if !second.Goodbye() {
		t.Error("the removed stream's destination was not told goodbye")
	}
	for name, p := range map[string]*relaytest.Platform{"a": s.a, "b": s.b, "c": s.c} {
		checkUndisturbed(t, name, s.encoder, p)
	}
}

func TestNewAddressKeepsThePublisher(t *testing.T) {
	t.Parallel()
	s := newShow(t)
	before := s.Addr().String()
	s.change(func(c *relay.Config) {
		c.RTMP = "localhost:0"
		c.Streams = append(c.Streams, stream("second"))
	})
	if nc, err := net.Dial("tcp", before); err == nil {
		_ = nc.Close()
		t.Error("the old address is still open")
	}
	if s.Addr().String() == before {
		t.Error("the address is the old one")
	}
	s.encode(relaytest.EncoderConfig{Target: s.ingest("second")})
	reach(t, session(t, s.a, 1), 3000)
	for name, p := range map[string]*relaytest.Platform{"a": s.a, "b": s.b, "c": s.c} {
		checkUndisturbed(t, name, s.encoder, p)
	}
}

func TestNewKeyKeepsThePublisher(t *testing.T) {
	t.Parallel()
	s := newShow(t)
	s.change(func(c *relay.Config) { c.Streams[0].Key = key("rotated") })
	reach(t, session(t, s.a, 1), 2500)
	checkUndisturbed(t, "a", s.encoder, s.a)
	if err := relaytest.NewEncoder(relaytest.EncoderConfig{Target: s.ingest("main")}).Start(t.Context()); !isDenied(err, "wrong stream key") {
		t.Errorf("the old key: %v, want denied", err)
	}
	s.encoder.Stop()
	s.encode(relaytest.EncoderConfig{Target: s.ingest("rotated")})
}
