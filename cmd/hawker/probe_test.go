package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

const probeKey = "probe-key/with?odd=parts&more"

// probe runs `hawker destination test` against a server.
func probe(t *testing.T, url, caFile string, flags ...string) (code int, out, errOut string) {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "hawker.yaml")
	text := fmt.Sprintf("streams: [{name: main, key: 12345678, destinations: [{name: shop, url: %q, key: %q, ca_file: %q}]}]", url, probeKey, caFile)
	if caFile == "" {
		text = strings.Replace(text, `, ca_file: ""`, "", 1)
	}
	must(t, os.WriteFile(conf, []byte(text), 0o600))
	code, out, errOut = command(t.Context(), "", append([]string{"-c", conf, "destination", "test", "main", "shop"}, flags...)...)
	if strings.Contains(out+errOut, probeKey) {
		t.Errorf("the key was printed:\n%s%s", out, errOut)
	}
	return code, out, errOut
}

func TestProbeOfAGoodDestination(t *testing.T) {
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	secure, err := ca.Valid()
	must(t, err)
	for name, conf := range map[string]*tls.Config{"rtmp": nil, "rtmps": secure} {
		t.Run(name, func(t *testing.T) {
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: conf})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			code, out, errOut := probe(t, p.URL(), caFile)
			if code != exitOK || errOut != "" || !strings.Contains(out, "shop takes the stream (127.0.0.1:") || !strings.Contains(out, "Nothing was sent.") {
				t.Errorf("exit code %d:\n%s%s", code, out, errOut)
			}
			if n := strings.Count(out, "  ok      "); n != wantSteps(conf != nil) {
				t.Errorf("%d steps, want %d:\n%s", n, wantSteps(conf != nil), out)
			}
			s, err := p.WaitSession(ctx, 1)
			must(t, err)
			must(t, s.WaitEnd(ctx))
			if s.Key() != probeKey || s.Len() != 0 || !s.Goodbye() {
				t.Errorf("%v: key %q, want no media and a goodbye", s, s.Key())
			}
		})
	}
}

// wantSteps is how many steps are shown: plain RTMP has no TLS.
func wantSteps(secure bool) int {
	if secure {
		return len(steps)
	}
	return len(steps) - 1
}

func TestProbeTellsTheStepAndWhatToDo(t *testing.T) {
	t.Parallel()
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	expired, err := ca.Expired()
	must(t, err)
	valid, err := ca.Valid()
	must(t, err)
	otherHost, err := ca.Valid("other.example.com")
	must(t, err)
	closed := "rtmp://" + freeAddress(t) + "/live"
	fails := func(s relaytest.Script) relaytest.PlatformConfig { return relaytest.PlatformConfig{Script: s} }
	tests := []struct {
		name     string
		platform relaytest.PlatformConfig
		url      string // instead of the platform's
		caFile   string
		step     string
		advice   string
	}{
		{name: "no such host", url: "rtmp://no-such-host.invalid/live", step: "look up the host's name", advice: "check its spelling"},
		{name: "nobody listens", url: closed, step: "connect", advice: "check the host and port"},
		{name: "unknown issuer", platform: relaytest.PlatformConfig{TLS: valid}, step: "check the certificate (TLS)", advice: "name its root with ca_file"},
		{name: "expired certificate", platform: relaytest.PlatformConfig{TLS: expired}, caFile: caFile, step: "check the certificate (TLS)", advice: "check this machine's clock"},
		{name: "certificate of another host", platform: relaytest.PlatformConfig{TLS: otherHost}, caFile: caFile, step: "check the certificate (TLS)", advice: "the certificate is for another name"},
		{name: "silent after TCP", platform: fails(relaytest.SilentAt(rtmp.StepHandshake)), step: "RTMP handshake", advice: "does not speak RTMP on this port"},
		{name: "app refused", platform: fails(relaytest.Rejected()), step: "connect to the app", advice: "compare the server URL"},
		{name: "silent at connect", platform: fails(relaytest.SilentAt(rtmp.StepConnect)), step: "connect to the app", advice: "the server answered, but"},
		{name: "silent at create stream", platform: fails(relaytest.SilentAt(rtmp.StepCreateStream)), step: "create a stream", advice: "the server answered, but"},
		{name: "key in use", platform: fails(relaytest.BadName()), step: "publish with the stream key", advice: "the stream key is in use"},
		{name: "key refused", platform: fails(relaytest.Denied()), step: "publish with the stream key", advice: "the platform refuses the stream key"},
		{name: "key repeated by the platform", platform: fails(relaytest.RefuseAt(rtmp.StepPublish, rtmp.CodeDenied, "no stream "+probeKey)), step: "publish with the stream key", advice: "the platform refuses the stream key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := tt.url
			if url == "" {
				url = relaytest.StartPlatform(t, tt.platform).URL()
			}
			code, out, errOut := probe(t, url, tt.caFile, "--timeout", "2s")
			if code != exitFailure {
				t.Errorf("exit code %d, want 1", code)
			}
			if !strings.Contains(out, "  failed  "+tt.step+"\n") || strings.Count(out, "  failed") != 1 {
				t.Errorf("want the failed step %q:\n%s", tt.step, out)
			}
			if !strings.HasPrefix(errOut, "Error: shop cannot be published to: ") || !strings.Contains(errOut, tt.advice) {
				t.Errorf("want the advice %q:\n%s", tt.advice, errOut)
			}
		})
	}
}

func TestProbeOfWhatIsNotRTMP(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
			_ = c.Close()
		}
	}()
	defer func() { _ = ln.Close(); <-done }()
	for scheme, advice := range map[string]string{"rtmp": "does not speak RTMP on this port", "rtmps": "does not speak TLS on this port"} {
		t.Run(scheme, func(t *testing.T) {
			code, out, errOut := probe(t, scheme+"://"+ln.Addr().String()+"/live", "", "--timeout", "2s")
			if code != exitFailure || !strings.Contains(errOut, advice) {
				t.Errorf("exit code %d:\n%s%s", code, out, errOut)
			}
		})
	}
}
