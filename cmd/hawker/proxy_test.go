package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// front is nginx in front of a server, as the example configures it.
type front struct {
	t               *testing.T
	address, behind string // host:port
	plain           string // of one that is configured to pass all on, and no more
	roots           *x509.CertPool
	log             string // that of the example
	notes           string // file of what was asked
}

const frontConf = `daemon off;
master_process off;
%s
pid nginx.pid;
error_log stderr warn;
events { worker_connections 2048; }
http {
  log_format asked '$upstream_status $request_uri';
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  include hawker.conf;
  server {
    listen %s;
    location / { proxy_pass http://%s; }
  }
}
`

// serveBehind runs `hawker serve` with nginx in front. The stream has a chat.
func serveBehind(t *testing.T) (*hawker, *front) {
	t.Helper()
	address := freeAddress(t)
	h := serve(t, strings.NewReplacer(`url: "http://PUBLIC"`, `url: "https://`+address+`", trusted_proxies: ["127.0.0.1"]`,
		"    stop_grace", "    chat: {host: Lan}\n    stop_grace").Replace(mainYAML()))
	return h, startFront(t, address, h.public)
}

// startFront starts nginx at an address, in front of a server that need not be
// there yet.
func startFront(t *testing.T, address, behind string) *front {
	t.Helper()
	nginx := require.Program(t, "nginx")
	f := &front{t: t, address: address, behind: behind, plain: freeAddress(t), roots: x509.NewCertPool()}
	dir, user := t.TempDir(), ""
	if os.Getuid() == 0 {
		user = "user root;" // whose folder it is
	}
	f.log, f.notes = filepath.Join(dir, "hawker.log"), filepath.Join(dir, "asked.log")
	ca, err := relaytest.NewCA()
	must(t, err)
	f.roots.AppendCertsFromPEM(ca.PEM())
	cert, key, err := ca.WriteKeyPair(dir)
	must(t, err)
	example, err := os.ReadFile("../../examples/nginx/hawker.conf")
	must(t, err)
	text := string(example)
	for was, is := range map[string]string{
		"  server 127.0.0.1:8935;": "  server " + behind + ";", "listen 443 ssl http2;": "listen " + address + " ssl http2;",
		"/etc/ssl/live.example.com/fullchain.pem": cert, "/etc/ssl/live.example.com/privkey.pem": key,
		"/var/cache/nginx/hawker": filepath.Join(dir, "cache"), "/var/log/nginx/hawker.log hawker": f.log + " hawker; access_log asked.log asked",
	} {
		if strings.Count(text, was) != 1 {
			t.Fatalf("the example has not one %q", was)
		}
		text = strings.Replace(text, was, is, 1)
	}
	must(t, os.WriteFile(filepath.Join(dir, "hawker.conf"), []byte(text), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, frontConf, user, f.plain, behind), 0o600))
	start(t, newOutput(), nginx, "-p", dir, "-e", "stderr", "-c", "nginx.conf")
	answers(t, address)
	return f
}

func (f *front) url() string { return "https://" + f.address }

// client is a viewer's, with connections of its own.
func (f *front) client() *http.Client { return f.clientFrom("127.0.0.1") }

// clientFrom is that of a viewer with another address of this computer.
func (f *front) clientFrom(from string) *http.Client {
	dial := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	tr := &http.Transport{DialContext: dial.DialContext, TLSClientConfig: &tls.Config{RootCAs: f.roots}, ForceAttemptHTTP2: true, DisableCompression: true}
	f.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// asked counts the requests so far, and for each path, with its query, those that
// were passed on to the server behind.
func (f *front) asked() (all int, passed map[string]int) {
	f.t.Helper()
	text, err := os.ReadFile(f.notes)
	must(f.t, err)
	passed = map[string]int{}
	for line := range strings.Lines(string(text)) {
		all++
		if word := strings.Fields(line); word[0] != "-" {
			passed[word[1]]++
		}
	}
	return all, passed
}

// reply is an answer that has been read.
type reply struct {
	*http.Response
	body string
}

// ask asks with these headers, and their values. It follows no link.
func (f *front) ask(ctx context.Context, method, url string, header ...string) reply {
	f.t.Helper()
	return f.send(ctx, f.client(), method, url, "", header...)
}

func (f *front) send(ctx context.Context, client *http.Client, method, url, text string, header ...string) reply {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(text))
	must(f.t, err)
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := client.Transport.RoundTrip(req)
	must(f.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(f.t, err)
	return reply{resp, string(body)}
}

// film publishes the clip, again and again, at a speed.
func (h *hawker) film(ctx context.Context, t *testing.T, speed float64) *relaytest.Encoder {
	t.Helper()
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	must(t, err)
	return relaytest.StartEncoder(ctx, t, relaytest.EncoderConfig{
		Target: rtmp.Target{Server: "rtmp://" + h.rtmp + "/live", Key: secret.New(mainKey)}, Source: c.Loop(), Speed: speed, Keep: 1,
	})
}
