package relay_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestOnlyAProvenServerIsTold has a destination for each way in which an RTMPS
// server can fail to prove who it is, and for those that can.
func TestOnlyAProvenServerIsTold(t *testing.T) {
	t.Parallel()
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	_, otherFile := relaytest.StartCA(t, t.TempDir())
	good := func(conf *tls.Config, err error) *tls.Config { must(t, err); return conf }
	old := good(ca.Valid("localhost"))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	recent := good(ca.Valid("localhost"))
	recent.MaxVersion = tls.VersionTLS12
	tests := map[string]struct {
		server *tls.Config // nil answers in plain text
		caFile string
		reason string // empty is let in
	}{
		"pinned":            {good(ca.Valid("localhost")), caFile, ""},
		"pinned-tls12":      {recent, caFile, ""},
		"not-pinned":        {good(ca.Valid("localhost")), "", "certificate signed by unknown authority"},
		"pinned-to-another": {good(ca.Valid("localhost")), otherFile, "certificate signed by unknown authority"},
		"expired":           {good(ca.Expired("localhost")), caFile, "certificate has expired"},
		"another-host":      {good(ca.Valid("example.com")), caFile, "certificate is valid for example.com, not localhost"},
		"self-signed":       {good(relaytest.SelfSigned("localhost")), caFile, "certificate signed by unknown authority"},
		"tls11":             {old, caFile, "protocol version not supported"},
		"plain":             {nil, caFile, "by the other side"},
		"plain-answer":      {nil, caFile, "does not look like a TLS handshake"},
	}
	platforms := map[string]*relaytest.Platform{}
	conf := stream("main")
	for name, tt := range tests {
		p := relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: tt.server})
		if name == "plain-answer" {
			p.Always(relaytest.Script{Greeting: "220 mail.example.com ESMTP\r\n"})
		}
		d := to(name, p)
		d.Target.Server = strings.Replace(p.URLFor("localhost"), "rtmp:", "rtmps:", 1)
		d.Target.CAFile = tt.caFile
		platforms[name], conf.Destinations = p, append(conf.Destinations, d)
	}
	r := start(t, relay.Config{Streams: []relay.Stream{conf}})
	e := r.encode(relaytest.EncoderConfig{})
	for name, tt := range tests {
		if tt.reason != "" {
			r.tellsNothing(name, platforms[name], tt.reason)
			continue
		}
		s := session(t, platforms[name], 1)
		reach(t, s, 1000)
		checkUndisturbed(t, name, e, platforms[name])
		if s.ServerName() != "localhost" {
			t.Errorf("%s: the server was asked for as %q", name, s.ServerName())
		}
	}
}

// tellsNothing sees that a platform has not heard a byte of RTMP in two
// connections, and that the status says why. The second one would be the one
// without TLS, were there such a thing.
func (r *rig) tellsNothing(name string, p *relaytest.Platform, reason string) {
	r.t.Helper()
	for n := range 2 {
		c, err := p.WaitConnection(within(r.t, 10*time.Second), n+1)
		must(r.t, err)
		must(r.t, c.WaitEnd(within(r.t, 10*time.Second)))
		if c.Step() != rtmp.StepTCP || len(c.Commands()) != 0 {
			r.t.Errorf("%s, connection %d: came as far as %s", name, n+1, c.Step())
		}
		if got := c.ServerName(); got != "localhost" && !strings.HasPrefix(name, "plain") {
			r.t.Errorf("%s, connection %d: the server was asked for as %q", name, n+1, got)
		}
	}
	if s := r.status(name); s.State == destination.Live || !strings.Contains(s.Error, "no secure connection") || !strings.Contains(s.Error, reason) {
		r.t.Errorf("%s: state %s, error %q, want %q in it", name, s.State, s.Error, reason)
	}
}
