package relaytest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limited is a context that ends a test which hangs.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func target(server string) rtmp.Target {
	return rtmp.Target{Server: server, Key: secret.New("k-12345")}
}

// publish goes in with the product's own client.
func publish(t *testing.T, server string) *rtmp.Publisher {
	t.Helper()
	pub, err := new(rtmp.Dialer).Publish(limited(t), target(server))
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	t.Cleanup(func() { _ = pub.Close() })
	return pub
}

// frame is a small H.264 frame with a body of its own.
func frame(time uint32, content ...byte) rtmp.Message {
	return rtmp.Message{Type: uint8(media.Video), Time: time, Body: append([]byte{0x17, 1, 0, 0, 0}, content...)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func session(t *testing.T, p *relaytest.Platform, n int) *relaytest.Session {
	t.Helper()
	s, err := p.WaitSession(limited(t), n)
	must(t, err)
	return s
}

// refused returns the refusal in err, which must be one.
func refused(t *testing.T, err error) *rtmp.Refusal {
	t.Helper()
	var r *rtmp.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got error %v, want a refusal", err)
	}
	return r
}
