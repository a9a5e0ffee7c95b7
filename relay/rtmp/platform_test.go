package rtmp_test

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
	"go.uber.org/goleak"
)

// platform is a server for dial tests: every connection gets the same script.
type platform struct {
	addr  string
	peers chan *peer // those whose publish was answered
}

// peer is the server's end of a connection.
type peer struct {
	*rtmp.Conn
	nc   net.Conn
	said []rtmp.Command
}

// answers says what to do with commands by name; what is not in it is answered
// as servers do.
type answers map[string]func(p *peer, c rtmp.Command)

func (p *peer) reply(sid uint32, name string, txn int64, values ...any) {
	m, err := rtmp.NewCommand(sid, name, txn, values...)
	if err == nil {
		_ = p.Write(m)
	}
}

// status answers with onStatus.
func status(level, code, description string) func(*peer, rtmp.Command) {
	return func(p *peer, _ rtmp.Command) {
		p.reply(1, "onStatus", 0, nil, map[string]any{"level": level, "code": code, "description": description})
	}
}

// failure answers with _error and an information object (or null).
func failure(info any) func(*peer, rtmp.Command) {
	return func(p *peer, c rtmp.Command) { p.reply(0, "_error", c.Txn, nil, info) }
}

func silence(*peer, rtmp.Command) {}

func hangUp(p *peer, _ rtmp.Command) { _ = p.nc.Close() }

func usual(p *peer, c rtmp.Command) {
	switch c.Name {
	case "connect":
		p.reply(0, "_result", c.Txn, map[string]any{"fmsVer": "x"}, map[string]any{"level": "status", "code": "NetConnection.Connect.Success"})
	case "createStream":
		p.reply(0, "_result", c.Txn, nil, 7)
	case "publish":
		status("status", "NetStream.Publish.Start", "")(p, c)
	}
}

// dialogue does the handshake and then follows script until the client leaves.
func (pl *platform) dialogue(script answers) func(net.Conn) {
	return func(nc net.Conn) {
		if rtmp.Accept(nc) != nil {
			return
		}
		p := &peer{Conn: rtmp.NewConn(nc, rtmp.Limits{}), nc: nc}
		for {
			m, err := p.ReadMessage()
			if err != nil {
				return
			}
			c, err := rtmp.ParseCommand(m.Body)
			if m.Type != rtmp.TypeCommand || err != nil {
				continue
			}
			p.said = append(p.said, c)
			if f := script[c.Name]; f != nil {
				f(p, c)
			} else {
				usual(p, c)
			}
			if c.Name == "publish" {
				pl.peers <- p
			}
		}
	}
}

// start listens (with TLS when conf is not nil) and serves every connection
// until the test ends. It fails the test if a goroutine outlives it.
func start(t *testing.T, conf *tls.Config, handle func(*platform) func(net.Conn)) *platform {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pl := &platform{addr: ln.Addr().String(), peers: make(chan *peer, 16)}
	if conf != nil {
		ln = tls.NewListener(ln, conf)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, nc)
			mu.Unlock()
			wg.Go(func() {
				defer func() { _ = nc.Close() }()
				handle(pl)(nc)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		mu.Lock()
		for _, nc := range open {
			_ = nc.SetDeadline(time.Unix(1, 0))
			_ = nc.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return pl
}

// scripted is a plain platform that follows script.
func scripted(t *testing.T, script answers) *platform {
	t.Helper()
	return start(t, nil, func(pl *platform) func(net.Conn) { return pl.dialogue(script) })
}
