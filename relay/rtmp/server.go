package rtmp

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/media"
)

// Request is a publisher that asks to be let in.
type Request struct {
	// App is the connect command's app, with its query.
	App string
	// Key is the stream key. Where an encoder put everything into the server
	// URL it is the last part of that.
	Key secret.Secret
	// Remote is the encoder's address.
	Remote netip.AddrPort
	// Encoder is what the encoder calls itself.
	Encoder string
	// FourCCs is the list of enhanced RTMP codecs that the encoder announced.
	FourCCs []string
}

// Ingest takes what one publisher sends. Its methods are called by one
// goroutine, in the order in which messages came.
type Ingest interface {
	// Write takes over body: an FLV tag body, or for media.Data the AMF0 values
	// without a leading @setDataFrame. An error ends the session; a *Refusal is
	// shown to the encoder.
	Write(kind media.Kind, timestamp uint32, body []byte) error
	// Close is called once at the end. goodbye tells whether the encoder said
	// that it stopped.
	Close(goodbye bool)
}

// ServerConfig is what a Server needs. Zero fields are their defaults.
type ServerConfig struct {
	// Publish decides on a publisher. An error is a refusal: the text of a
	// *Refusal is shown to the encoder, other errors are not. Cancelling ctx
	// ends the session; so does end, which a later takeover may call.
	Publish func(ctx context.Context, r Request, end func(error)) (Ingest, error)
	// Handshake is for the whole handshake, TLS included: 5 s.
	Handshake time.Duration
	// FirstMedia is how long a publisher may take, after it was let in, until
	// its first audio or video: 20 s.
	FirstMedia time.Duration
	// Silence is how long a publisher may send nothing after that: 5 s.
	Silence time.Duration
	// Login is for the dialogue from the handshake to publish: 10 s.
	Login time.Duration
	// MaxPending bounds connections that have not been let in: 256 in all. One
	// more turns out one of the address that has the most.
	MaxPending int
	// MaxPendingPerAddress is the same for one address: 32.
	MaxPendingPerAddress int
	// Logger gets sessions' beginnings and ends; nil drops them.
	Logger *slog.Logger
	// Metrics counts; nil does not.
	Metrics *Metrics
}

// Server accepts publishers.
type Server struct {
	conf      ServerConfig
	strangers *strangers
}

// NewServer checks conf and starts nothing.
func NewServer(conf ServerConfig) (*Server, error) {
	if conf.Publish == nil {
		return nil, errors.New("rtmp server: Publish is missing")
	}
	conf.Handshake = or(conf.Handshake, handshakeTimeout)
	conf.FirstMedia = or(conf.FirstMedia, 20*time.Second)
	conf.Silence = or(conf.Silence, 5*time.Second)
	conf.Login = or(conf.Login, 10*time.Second)
	conf.MaxPending = or(conf.MaxPending, 256)
	conf.MaxPendingPerAddress = or(conf.MaxPendingPerAddress, 32)
	if conf.Logger == nil {
		conf.Logger = slog.New(slog.DiscardHandler)
	}
	if conf.Metrics == nil {
		conf.Metrics = NewMetrics(nil)
	}
	return &Server{conf: conf, strangers: &strangers{most: conf.MaxPending, mostPerAddress: conf.MaxPendingPerAddress}}, nil
}

// Serve accepts connections from ln until ctx ends, then closes ln and waits
// for all sessions. An RTMPS listener is one of package tls: its handshake
// counts into the session's.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	var sessions sync.WaitGroup
	defer sessions.Wait()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	for wait := time.Duration(0); ; {
		nc, err := ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = nc.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // out of descriptors, say: it passes, and must not spin
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.conf.Logger.Warn("accept failed", "err", err, "retry_in", wait)
			if !sleep(ctx, wait) {
				return nil
			}
			continue
		}
		wait = 0
		s.admit(ctx, nc, &sessions)
	}
}

var errCrowded = errors.New("too many connections that have not shown a key")

// admit starts a session, unless too many have not shown a key yet.
func (s *Server) admit(ctx context.Context, nc net.Conn, sessions *sync.WaitGroup) {
	remote := addrPort(nc.RemoteAddr())
	ctx, end := context.WithCancelCause(ctx)
	x := &stranger{remote.Addr(), func() { end(errCrowded) }}
	in, out := s.strangers.enter(x)
	if out != nil {
		s.conf.Metrics.refused("too_many_connections")
		out.end()
	}
	if !in {
		s.conf.Metrics.refused("too_many_connections")
		end(nil)
		_ = nc.Close()
		return
	}
	sessions.Go(func() {
		defer end(nil)
		leave := sync.OnceFunc(func() { s.strangers.leave(x) })
		defer leave()
		newSession(s.conf, nc, remote, leave).run(ctx)
	})
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}
