package rtmp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// dialTimeout is for the whole way from the name to Publish.Start.
const dialTimeout = 10 * time.Second

// sendBuffer is the kernel's send buffer in bytes: less than a second of
// video, so that a stalled peer is noticed soon.
const sendBuffer = 512 << 10

// unsent is how many bytes the kernel takes, where it can be told, beyond those
// that are under way: enough to keep a line busy. The rest waits in the ring,
// where a destination that is too slow skips it, and not in the send buffer,
// which is seconds of video to a slow line.
const unsent = 128 << 10

// Dialer publishes to RTMP and RTMPS servers. The zero value works.
type Dialer struct {
	// Timeout bounds a whole dial: 10 s by default.
	Timeout time.Duration
	// Version of this program, told to servers.
	Version string
	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
	// Control may refuse a connection once its address is known; see net.Dialer.
	Control func(network, address string, c syscall.RawConn) error
	// Logger gets what a server says in passing; nil drops it.
	Logger *slog.Logger
	// Watch is told how a dial goes on; nil fields are not.
	Watch Watch
}

// Watch follows a dial, for people who wait for it. Its functions are called
// from one goroutine at a time and must not block.
type Watch struct {
	// Begins is told each step as it begins.
	Begins func(Step)
	// Certificate is told the certificate of a server that has proved itself.
	Certificate func(*x509.Certificate)
}

func (w Watch) begins(s Step) {
	if w.Begins != nil {
		w.Begins(s)
	}
}

// Publish dials t and goes through the whole dialogue: when it returns without
// an error the server has said NetStream.Publish.Start. An error is a
// *DialError. Cancelling ctx ends a dial at once.
func (d *Dialer) Publish(ctx context.Context, t Target) (*Publisher, error) {
	a, err := parseServer(t.Server)
	if err != nil {
		return nil, &DialError{Step: StepServer, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, or(d.Timeout, dialTimeout))
	defer cancel()
	start := time.Now()
	p, step, err := d.publish(ctx, a, t)
	if err != nil {
		return nil, &DialError{Step: step, Host: a.hostPort(), Err: why(ctx, start, err)}
	}
	return p, nil
}

// why is what ended a dial that failed with err: a caller that cancelled it, a
// deadline, or err itself. The socket tells the first two apart no more.
func why(ctx context.Context, start time.Time, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		deadline, _ := ctx.Deadline()
		return fmt.Errorf("no answer within %v", deadline.Sub(start).Round(10*time.Millisecond))
	}
	return err
}

func (d *Dialer) publish(ctx context.Context, a address, t Target) (*Publisher, Step, error) {
	tcp, step, err := d.connect(ctx, a)
	if err != nil {
		return nil, step, err
	}
	deadline, _ := ctx.Deadline()
	_ = tcp.SetDeadline(deadline)
	// A cancelled dial wakes whatever step is blocked on the socket.
	stop := context.AfterFunc(ctx, func() { _ = tcp.SetDeadline(time.Unix(1, 0)) })
	p, step, err := d.dialogue(ctx, tcp, a, t)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = tcp.Close()
		return nil, step, err
	}
	_ = tcp.SetDeadline(time.Time{})
	p.start()
	return p, "", nil
}

func (d *Dialer) connect(ctx context.Context, a address) (net.Conn, Step, error) {
	d.Watch.begins(StepResolve)
	nd := net.Dialer{Resolver: d.Resolver, Control: d.control()}
	tcp, err := nd.DialContext(ctx, "tcp", a.hostPort())
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return nil, StepResolve, dns
		}
		return nil, StepTCP, err
	}
	if t, ok := tcp.(*net.TCPConn); ok {
		_ = t.SetWriteBuffer(sendBuffer)
		limitUnsent(t, unsent)
	}
	return tcp, "", nil
}

// control is called for each address that is tried, by two goroutines when a
// host has addresses of both families.
func (d *Dialer) control() func(network, address string, c syscall.RawConn) error {
	if d.Watch.Begins == nil {
		return d.Control
	}
	var once sync.Once
	return func(network, address string, c syscall.RawConn) error {
		once.Do(func() { d.Watch.begins(StepTCP) })
		if d.Control == nil {
			return nil
		}
		return d.Control(network, address, c)
	}
}

func (d *Dialer) dialogue(ctx context.Context, tcp net.Conn, a address, t Target) (p *Publisher, step Step, err error) {
	defer func() { // nothing that a server says may end the process
		if r := recover(); r != nil {
			err = protocolError("panic while dialling: %v", r)
		}
	}()
	wire := newWire(tcp)
	nc, hands := tcp, net.Conn(wire)
	if a.secure {
		d.Watch.begins(StepTLS)
		secure, err := startTLS(ctx, wire, a.host, t.CAFile)
		if err != nil {
			return nil, StepTLS, gone(err)
		}
		if certs := secure.ConnectionState().PeerCertificates; d.Watch.Certificate != nil && len(certs) > 0 {
			d.Watch.Certificate(certs[0])
		}
		nc, hands = secure, secure
	}
	step = StepHandshake
	d.Watch.begins(step)
	if err := Greet(hands); err != nil {
		return nil, step, gone(err)
	}
	c := NewConn(nc, afterPublish())
	if a.secure {
		c.wire = wire
	}
	p = newPublisher(c, tcp, wire, d.Logger)
	step, err = p.ask(a, t, d.Version, d.Watch)
	return p, step, err
}

// startTLS makes the connection secure. There is no way back to plain text.
func startTLS(ctx context.Context, nc net.Conn, host, caFile string) (*tls.Conn, error) {
	conf := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %s holds no certificate in PEM form", caFile)
		}
	}
	c := tls.Client(nc, conf)
	return c, c.HandshakeContext(ctx)
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
