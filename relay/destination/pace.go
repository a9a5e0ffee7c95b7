package destination

import (
	"context"
	"net"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// A host sees at most dialBurst+dialRate = 10 dials from us in any second,
// however many destinations it has lost at once.
const (
	dialBurst = 3
	dialRate  = 7
)

// PacedDialer lets no herd loose: dials to one host wait for each other's turn.
// Dials to different hosts never do.
type PacedDialer struct {
	dialer Dialer

	mu    sync.Mutex // guards hosts
	hosts map[string]*rate.Limiter
}

// Pace returns d with its dials paced, or d itself when they are already. Give
// the same one to every Set that may dial the same hosts.
func Pace(d Dialer) *PacedDialer {
	if p, ok := d.(*PacedDialer); ok {
		return p
	}
	return &PacedDialer{dialer: d, hosts: make(map[string]*rate.Limiter)}
}

// Publish waits for the host's turn and then publishes.
func (p *PacedDialer) Publish(ctx context.Context, t rtmp.Target) (Publisher, error) {
	if err := p.limiter(hostOf(t.Server)).Wait(ctx); err != nil {
		return nil, err
	}
	return p.dialer.Publish(ctx, t)
}

// limiter returns the host's limiter. There are as many as hosts that were ever
// configured.
func (p *PacedDialer) limiter(host string) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.hosts[host]
	if l == nil {
		l = rate.NewLimiter(dialRate, dialBurst)
		p.hosts[host] = l
	}
	return l
}

// hostOf returns the host of a server URL, without its port: it is the machine
// that is to be spared.
func hostOf(server string) string {
	_, rest, _ := strings.Cut(server, "://")
	authority, _, _ := strings.Cut(rest, "/")
	if host, _, err := net.SplitHostPort(authority); err == nil {
		authority = host
	}
	return strings.ToLower(authority)
}
