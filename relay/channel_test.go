package relay

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// newTestChannel returns a channel without destinations, which needs no
// goroutines.
func newTestChannel(t *testing.T, hold time.Duration) *channel {
	t.Helper()
	r, err := New(Config{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.newChannel(Stream{Name: "main", Key: secret.New("key"), Hold: hold, StopGrace: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.close(errors.New("the test is over"))
		c.slates.Wait()
		c.stream.Close()
	})
	return c
}

// encoder is a publisher's session as the RTMP server would drive it.
type encoder struct {
	rtmp.Ingest
	ended error // what the relay ended it with
}

func (e *encoder) end(err error) { e.ended = err }

func publish(c *channel) (*encoder, error) { return publishFrom(c, Primary, "192.0.2.1:5000") }

func publishFrom(c *channel, role Role, addr string) (*encoder, error) {
	e := &encoder{}
	in, err := c.admit(context.Background(), rtmp.Request{Remote: netip.MustParseAddrPort(addr)}, role, e.end)
	e.Ingest = in
	return e, err
}

func mustPublish(t *testing.T, c *channel) *encoder {
	t.Helper()
	e, err := publish(c)
	if err != nil {
		t.Fatalf("an encoder was turned away: %v", err)
	}
	return e
}

func (e *encoder) keyframe(t *testing.T) {
	t.Helper()
	if err := e.Write(media.Video, 0, []byte{0x17, 1, 0, 0, 0, 0}); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func TestLifeOfABroadcast(t *testing.T) {
	const hold = 60 * time.Second
	tests := map[string]struct {
		goodbye bool
		lasts   time.Duration
	}{
		"a drop is held":                {false, hold},
		"a goodbye gets the stop grace": {true, 5 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestChannel(t, hold)
				e := mustPublish(t, c)
				e.keyframe(t)
				b := c.stream.Current()
				e.Close(tt.goodbye)
				time.Sleep(tt.lasts - time.Millisecond)
				if c.status().State != Holding || ended(b.Done()) {
					t.Errorf("state %s just before the end of the hold, want holding with the broadcast on", c.status().State)
				}
				time.Sleep(2 * time.Millisecond)
				if c.status().State != Idle || !ended(b.Done()) {
					t.Errorf("state %s after the hold, want idle with the broadcast ended", c.status().State)
				}
			})
		})
	}
}

func TestReturnWithinTheHoldGoesOnWithTheBroadcast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, time.Minute)
		e := mustPublish(t, c)
		e.keyframe(t)
		b := c.stream.Current()
		e.Close(false)
		time.Sleep(59 * time.Second)
		back := mustPublish(t, c)
		back.keyframe(t)
		time.Sleep(2 * time.Minute)
		if c.stream.Current() != b || c.status().State != Live {
			t.Errorf("state %s with another broadcast, want live with the same one", c.status().State)
		}
	})
}

func TestSecondEncoder(t *testing.T) {
	tests := map[string]struct {
		silence time.Duration
		admit   bool
	}{
		"is refused while the first sends":         {0, false},
		"takes over once the first has gone quiet": {2 * time.Second, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestChannel(t, time.Minute)
				first := mustPublish(t, c)
				time.Sleep(3 * time.Second)
				first.keyframe(t)
				time.Sleep(tt.silence)
				if !tt.admit { // it shows that it is alive
					time.AfterFunc(500*time.Millisecond, func() { first.keyframe(t) })
				}
				second, err := publish(c)
				if !tt.admit {
					var r *rtmp.Refusal
					if !errors.As(err, &r) || !r.BadName() {
						t.Fatalf("refused with %v, want BadName", err)
					}
					first.keyframe(t)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if first.ended == nil || !strings.Contains(first.ended.Error(), "taken over") {
					t.Errorf("the first was ended with %v, want the reason", first.ended)
				}
				first.keyframe(t) // what it still had to say
				if c.status().State != Holding {
					t.Errorf("state %s, want holding until the second's keyframe", c.status().State)
				}
				first.Close(false)
				second.keyframe(t)
				if c.status().State != Live {
					t.Errorf("state %s, want live: the end of the first is not the end of the second", c.status().State)
				}
			})
		})
	}
}

func TestClosedChannelTurnsEncodersAway(t *testing.T) {
	c := newTestChannel(t, time.Minute)
	e := mustPublish(t, c)
	e.keyframe(t)
	reason := errors.New("removed")
	c.close(reason)
	if !errors.Is(e.ended, reason) {
		t.Errorf("the encoder was ended with %v, want the reason", e.ended)
	}
	e.Close(false)
	if c.stream.Current() != nil {
		t.Error("the broadcast is still on")
	}
	if _, err := publish(c); err == nil {
		t.Error("a closed channel lets an encoder in")
	}
}

func TestRunNeedsItsAddress(t *testing.T) {
	r, err := New(Config{RTMP: "192.0.2.1:1935"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "ingest.rtmp") {
		t.Errorf("Run = %v, want an error that names ingest.rtmp", err)
	}
	if err := r.Apply(Config{}); err == nil {
		t.Error("Apply after the end says nothing")
	}
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
