package rtmp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestDialIsWatched follows dials that come to their end and dials that do not.
func TestDialIsWatched(t *testing.T) {
	ca := newAuthority(t)
	good := ca.server(t, "localhost", time.Hour)
	plain := []rtmp.Step{rtmp.StepResolve, rtmp.StepTCP, rtmp.StepHandshake, rtmp.StepConnect, rtmp.StepCreateStream, rtmp.StepPublish}
	secure := slices.Insert(slices.Clone(plain), 2, rtmp.StepTLS)
	for _, tt := range []struct {
		name   string
		conf   *tls.Config
		script answers
		want   []rtmp.Step
	}{
		{"rtmp", nil, nil, plain},
		{"rtmps", &tls.Config{Certificates: []tls.Certificate{good}}, nil, secure},
		{"refused at connect", nil, answers{"connect": failure(map[string]any{"level": "error", "code": rtmp.CodeRejected})}, plain[:4]},
		{"certificate of another host", &tls.Config{Certificates: []tls.Certificate{ca.server(t, "example.com", time.Hour)}}, nil, secure[:3]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pl := start(t, tt.conf, func(pl *platform) func(net.Conn) { return pl.dialogue(tt.script) })
			_, port, _ := net.SplitHostPort(pl.addr)
			to := target("rtmp://" + pl.addr + "/live")
			if tt.conf != nil {
				to = target("rtmps://" + net.JoinHostPort("localhost", port) + "/live")
				to.CAFile = ca.file
			}
			var got []rtmp.Step
			var cert *x509.Certificate
			d := rtmp.Dialer{Timeout: 5 * time.Second, Watch: rtmp.Watch{
				Begins:      func(s rtmp.Step) { got = append(got, s) },
				Certificate: func(c *x509.Certificate) { cert = c },
			}}
			p, err := d.Publish(t.Context(), to)
			if err == nil {
				_ = p.Close()
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("steps %q, want %q (%v)", got, tt.want, err)
			}
			if proved := tt.name == "rtmps"; proved != (cert != nil) || proved && !cert.Equal(good.Leaf) {
				t.Errorf("certificate %v", cert)
			}
		})
	}
}
