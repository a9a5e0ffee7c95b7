package relay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// reference is the 6 Mb/s stream of the load tests, which fills the buffers of
// kernels as a real one does.
var reference = relaytest.Synthetic{}

func TestBadDestinationsHarmNoOther(t *testing.T) {
	t.Parallel()
	start := func(s relaytest.Script) *relaytest.Platform {
		return relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: s, ReceiveBuffer: 64 << 10})
	}
	good, better := start(relaytest.Script{}), start(relaytest.Script{})
	stalls, dies := start(relaytest.Script{}), start(relaytest.DieAtByte(500_000))
	denies, silent, absent := start(relaytest.Denied()), start(relaytest.SilentAt(rtmp.StepHandshake)), startAbsent(t)
	r := live(t, to("stalls", stalls), to("dies", dies), to("denies", denies), to("silent", silent), to("absent", absent),
		to("good", good), to("better", better))
	direct := yardstick(t, reference.Source())
	e := r.encode(relaytest.EncoderConfig{Source: reference.Source()})
	healthy := map[string]*relaytest.Platform{"good": good, "better": better}
	for _, p := range healthy {
		reach(t, session(t, p, 1), 2500)
	}

	stalled := r.stall(stalls)
	r.isRefused()
	r.failsWith("absent", "cannot be reached (connection refused)")
	r.failsWith("dies", "the connection was lost")
	r.failsWith("silent", "does not speak RTMP (no answer")
	r.comesBack(stalls)

	measure := direct()
	for name, p := range healthy {
		checkUndisturbed(t, name, e, p)
		if s := r.status(name); s.State != destination.Live || s.Dropped != 0 {
			t.Errorf("%s: state %s, %d packets dropped", name, s.State, s.Dropped)
		}
		got := p.Sessions()[0].Messages()
		checkLatency(t, name, e.Sent(), got, measure)
	}
	checkWhole(t, "stalls, until it did", e, stalled)
	for _, s := range dies.Sessions() {
		checkDied(t, e, s)
	}
	if n := len(dies.Sessions()); n < 2 {
		t.Errorf("the destination that dies was tried %d times", n)
	}
	// 4 s and a group of pictures of 6 Mb/s are 4.5 MB, however many stall.
	if held := r.metric("hawker_stream_ring_bytes"); held > 6<<20 {
		t.Errorf("the ring holds %.0f bytes", held)
	}
}

// startAbsent is a platform that is not there, at an address whose port no
// other test is given meanwhile.
func startAbsent(t *testing.T) *relaytest.Platform {
	t.Helper()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Listen: "127.0.0.77:0"})
	p.Down()
	return p
}

// checkDied is checkWhole for a connection that may have ended before the
// keyframe.
func checkDied(t *testing.T, e *relaytest.Encoder, s *relaytest.Session) {
	t.Helper()
	for _, m := range s.Messages() {
		if m.Keyframe {
			checkWhole(t, "dies", e, s)
			return
		}
	}
}

// stall makes a platform stop reading, and sees that this is told in time and
// the connection cut. The first session is returned.
func (r *rig) stall(p *relaytest.Platform) *relaytest.Session {
	r.t.Helper()
	at := time.Now()
	p.Stall()
	eventually(r.t, 6*time.Second+noise, "flagged as stalled", func() bool { return r.status("stalls").State == destination.Stalled })
	if s := r.status("stalls"); !strings.Contains(s.Error, "takes no data") {
		r.t.Errorf("stalled: error %q", s.Error)
	}
	eventually(r.t, 15*time.Second+noise-time.Since(at), "cut", func() bool { return r.status("stalls").State != destination.Stalled })
	return p.Sessions()[0]
}

// comesBack ends the stall.
func (r *rig) comesBack(p *relaytest.Platform) {
	r.t.Helper()
	at := time.Now()
	p.Resume()
	back := session(r.t, p, 2)
	reach(r.t, back, 1)
	if took := back.Messages()[0].Arrived.Sub(at); took > 3*time.Second+noise {
		r.t.Errorf("stalls: back %v after it reads again, want 3 s at most", took)
	}
	if err := relaytest.CheckOpening(back.Messages()); err != nil {
		r.t.Errorf("stalls, back: %v", err)
	}
}

func (r *rig) isRefused() {
	r.t.Helper()
	s := r.status("denies")
	if s.State != destination.Refused && s.State != destination.Connecting {
		r.t.Errorf("denies: state %s, want refused", s.State)
	}
	for _, want := range []string{"refused the stream key", "check on its live page", "create a new key there and set it here"} {
		if !strings.Contains(s.Error, want) {
			r.t.Errorf("denies: error %q does not say %q", s.Error, want)
		}
	}
}

func (r *rig) failsWith(name, want string) {
	r.t.Helper()
	if s := r.status(name); !strings.Contains(s.Error, want) || s.State == destination.Live && name != "dies" {
		r.t.Errorf("%s: state %s, error %q, want %q in it", name, s.State, s.Error, want)
	}
}

// metric is the sum of a metric's values, over all labels.
func (r *rig) metric(name string) (sum float64) {
	r.t.Helper()
	families, err := r.metrics.Gather()
	must(r.t, err)
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
		return sum
	}
	r.t.Fatalf("there is no metric %s", name)
	return 0
}

func TestKeyInUseIsTriedAgainSoon(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	p.Then(relaytest.BadName(), relaytest.BadName())
	r := live(t, to("busy", p))
	e := r.encode(relaytest.EncoderConfig{})
	eventually(t, 5*time.Second, "the error says that the key is in use", func() bool {
		s := r.status("busy")
		return s.State == destination.BackingOff && strings.Contains(s.Error, "stream key is in use")
	})
	s := session(t, p, 1)
	conns := p.Connections()
	for i, c := range conns[1:] {
		if wait := c.Opened().Sub(conns[i].Opened()); wait < 2*time.Second || wait > 5*time.Second+noise {
			t.Errorf("try %d came %v after the one before it, want 2 to 5 s", i+2, wait)
		}
	}
	reach(t, s, 1000)
	checkWhole(t, "busy", e, s)
	if len(conns) != 3 || p.MaxConcurrent() != 1 {
		t.Errorf("%d connections, %d at once; want the third to stay alone", len(conns), p.MaxConcurrent())
	}
}

func TestSilentDestinationIsNotLive(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{ReceiveBuffer: 64 << 10})
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: p.Addr(), Buffer: 32 << 10})
	d := to("hole", p)
	d.Target.Server = "rtmp://" + line.Addr() + "/live"
	r := live(t, d)
	r.encode(relaytest.EncoderConfig{Source: reference.Source()})
	reach(t, session(t, p, 1), 1500)
	at := time.Now()
	line.Silence(relaytest.Both) // no FIN, no RST: nothing
	eventually(t, 6*time.Second+noise, "not live any more", func() bool {
		s := r.status("hole")
		if s.State == destination.Live && s.BitrateOut == 0 {
			t.Error("live, and nothing is sent")
		}
		return s.State == destination.Stalled
	})
	must(t, line.WaitConnections(within(t, 15*time.Second+noise-time.Since(at)), 2))
	line.Restore()
	session(t, p, 2)
}
