package relaytest_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
)

// through returns both ends of a connection through a proxy.
func through(t *testing.T, line relaytest.Line) (p *relaytest.Proxy, client, target *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = ln.Close() }()
	p = relaytest.StartProxy(t, relaytest.ProxyConfig{Target: ln.Addr().String(), Line: line})
	c, err := net.Dial("tcp", p.Addr())
	must(t, err)
	s, err := ln.Accept()
	must(t, err)
	t.Cleanup(func() { _, _ = c.Close(), s.Close() })
	for _, nc := range []net.Conn{c, s} {
		must(t, nc.SetDeadline(time.Now().Add(15*time.Second)))
	}
	return p, c.(*net.TCPConn), s.(*net.TCPConn)
}

// echo sends a byte and waits for it at the other end.
func echo(from, to net.Conn) (time.Duration, error) {
	begun := time.Now()
	if _, err := from.Write([]byte{1}); err != nil {
		return 0, err
	}
	_, err := io.ReadFull(to, make([]byte, 1))
	return time.Since(begun), err
}

func TestProxyLatency(t *testing.T) {
	p, client, target := through(t, relaytest.Line{Latency: 80 * time.Millisecond, Jitter: 40 * time.Millisecond})
	for name, ends := range map[string][2]net.Conn{"up": {client, target}, "down": {target, client}} {
		took, err := echo(ends[0], ends[1])
		must(t, err)
		if took < 80*time.Millisecond || took > 500*time.Millisecond {
			t.Errorf("%s: %v", name, took)
		}
	}
	p.Set(relaytest.Line{})
	if took, err := echo(client, target); err != nil || took > 80*time.Millisecond {
		t.Errorf("good line: %v, %v", took, err)
	}
	if p.Connections() != 1 || p.Open() != 1 {
		t.Errorf("%d connections, %d open", p.Connections(), p.Open())
	}
}

func TestProxyRate(t *testing.T) {
	_, client, target := through(t, relaytest.Line{Rate: 1_000_000})
	begun := time.Now()
	go func() { _, _ = client.Write(make([]byte, 500_000)) }()
	_, err := io.ReadFull(target, make([]byte, 500_000))
	must(t, err)
	if took := time.Since(begun); took < 450*time.Millisecond || took > 1500*time.Millisecond {
		t.Errorf("500 kB at 1 MB/s took %v", took)
	}
}

func TestProxySilence(t *testing.T) {
	for name, c := range map[string]struct {
		silent   relaytest.Direction
		up, down bool
	}{
		"both": {relaytest.Both, false, false},
		"up":   {relaytest.Up, false, true},
		"down": {relaytest.Down, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, client, target := through(t, relaytest.Line{})
			p.Silence(c.silent)
			for _, way := range []struct {
				from, to *net.TCPConn
				heard    bool
			}{{client, target, c.up}, {target, client, c.down}} {
				must(t, way.to.SetReadDeadline(time.Now().Add(150*time.Millisecond)))
				if _, err := echo(way.from, way.to); (err == nil) != way.heard {
					t.Errorf("from %v: heard %v, want %v", way.from.LocalAddr(), err == nil, way.heard)
				}
				must(t, way.to.SetReadDeadline(time.Now().Add(10*time.Second)))
			}
			// FIN waits with the rest; nothing is lost.
			must(t, client.CloseWrite())
			p.Restore()
			rest, err := io.ReadAll(target)
			if want := 1; err != nil || len(rest) != want && !c.up || c.up && len(rest) != 0 {
				t.Errorf("after Restore %d bytes, %v", len(rest), err)
			}
		})
	}
}

// TestProxySilenceHoldsUpTheSender sees that TCP acknowledges no more.
func TestProxySilenceHoldsUpTheSender(t *testing.T) {
	p, client, _ := through(t, relaytest.Line{})
	p.Silence(relaytest.Both)
	must(t, client.SetWriteBuffer(64<<10))
	must(t, client.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
	n, err := client.Write(make([]byte, 16<<20))
	if err == nil || n > 4<<20 {
		t.Errorf("%d bytes went into silence, %v", n, err)
	}
}

func TestProxyEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(p *relaytest.Proxy, client *net.TCPConn)
		reset bool
	}{
		"reset":         {func(p *relaytest.Proxy, _ *net.TCPConn) { p.Reset() }, true},
		"hang up":       {func(p *relaytest.Proxy, _ *net.TCPConn) { p.Hangup() }, false},
		"close":         {func(p *relaytest.Proxy, _ *net.TCPConn) { p.Close() }, true},
		"client's FIN":  {func(_ *relaytest.Proxy, c *net.TCPConn) { _ = c.CloseWrite() }, false},
		"client's RST":  {func(_ *relaytest.Proxy, c *net.TCPConn) { _, _ = c.SetLinger(0), c.Close() }, true},
		"silent, reset": {func(p *relaytest.Proxy, _ *net.TCPConn) { p.Silence(relaytest.Both); p.Reset() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			p, client, target := through(t, relaytest.Line{})
			_, err := echo(client, target)
			must(t, err)
			c.end(p, client)
			_, err = target.Read(make([]byte, 1))
			if errors.Is(err, syscall.ECONNRESET) != c.reset || !c.reset && err != io.EOF {
				t.Errorf("the target saw %v", err)
			}
		})
	}
}

// TestProxyBetweenEncoderAndPlatform carries a whole stream over a bad line.
func TestProxyBetweenEncoderAndPlatform(t *testing.T) {
	platform := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	p := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: platform.Addr(), Line: relaytest.Line{Latency: 20 * time.Millisecond, Jitter: 20 * time.Millisecond, Rate: 1 << 20}})
	e := relaytest.StartEncoder(limited(t), t, relaytest.EncoderConfig{
		Target: target("rtmp://" + p.Addr() + "/live"), Source: two.Source(), Speed: relaytest.Unpaced,
	})
	s := session(t, platform, 1)
	must(t, e.Wait())
	must(t, s.WaitEnd(limited(t)))
	must(t, relaytest.Compare(e.Sent(), s.Messages()))
	lag, err := relaytest.Latencies(e.Sent(), s.Messages())
	must(t, err)
	if lag.P50 < 20*time.Millisecond {
		t.Errorf("%v over a line of 20 ms", lag)
	}
	must(t, p.WaitConnections(limited(t), 1))
}
