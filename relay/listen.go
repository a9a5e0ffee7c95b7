package relay

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// listeners are the open doors, by what was asked for. A change opens the new
// door before it closes the old one, so that an address in use changes nothing.
type listeners struct {
	server *rtmp.Server

	mu   sync.Mutex // guards open
	open map[door]*listener
	wg   sync.WaitGroup
}

// door is one way in.
type door struct {
	address           string
	certFile, keyFile string // both empty for plain RTMP
}

// listener is an open door.
type listener struct{ net.Listener }

func newListeners(s *rtmp.Server) *listeners {
	return &listeners{server: s, open: map[door]*listener{}}
}

func doors(c Config) []door {
	var out []door
	if c.RTMP != "" {
		out = append(out, door{address: c.RTMP})
	}
	if c.RTMPS != nil {
		out = append(out, door{c.RTMPS.Listen, c.RTMPS.CertFile, c.RTMPS.KeyFile})
	}
	return out
}

// prepare opens what is wanted and not yet open. The result is for commit, or
// to be closed.
func (l *listeners) prepare(wanted []door) (map[door]*listener, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := map[door]*listener{}
	for _, d := range wanted {
		if l.open[d] != nil {
			continue
		}
		ln, err := d.listen()
		if err != nil {
			discard(fresh)
			return nil, err
		}
		fresh[d] = &listener{Listener: ln}
	}
	return fresh, nil
}

func discard(fresh map[door]*listener) {
	for _, ln := range fresh {
		_ = ln.Close()
	}
}

// commit serves the fresh listeners and closes those no longer wanted. Sessions
// that came in through a closed door go on.
func (l *listeners) commit(ctx context.Context, wanted []door, fresh map[door]*listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	keep := map[door]bool{}
	for _, d := range wanted {
		keep[d] = true
	}
	for d, ln := range l.open {
		if !keep[d] {
			_ = ln.Close()
			delete(l.open, d)
		}
	}
	for d, ln := range fresh {
		l.open[d] = ln
		l.wg.Go(func() { _ = l.server.Serve(ctx, ln) })
	}
}

// addresses are where the relay listens now, plain RTMP first.
func (l *listeners) addresses() (rtmpAddr, rtmpsAddr net.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for d, ln := range l.open {
		if d.certFile == "" {
			rtmpAddr = ln.Addr()
		} else {
			rtmpsAddr = ln.Addr()
		}
	}
	return rtmpAddr, rtmpsAddr
}

func (d door) listen() (net.Listener, error) {
	if d.certFile == "" {
		ln, err := net.Listen("tcp", d.address)
		if err != nil {
			return nil, fmt.Errorf("ingest.rtmp: %w", err)
		}
		return ln, nil
	}
	cert, err := loadCertificate(d.certFile, d.keyFile)
	if err != nil {
		return nil, fmt.Errorf("ingest.rtmps: %w", err)
	}
	ln, err := tls.Listen("tcp", d.address, &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, fmt.Errorf("ingest.rtmps: %w", err)
	}
	return ln, nil
}
