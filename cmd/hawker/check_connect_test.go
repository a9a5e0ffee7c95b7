package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// checkYAML writes a configuration without a server behind it, and returns its
// path.
func checkYAML(t *testing.T, destinations ...string) string {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "hawker.yaml")
	text := fmt.Sprintf("admin: {listen: %q}\nstreams:\n  - name: main\n    key: %s\n    destinations:\n      - %s\n",
		freeAddress(t), mainKey, strings.Join(destinations, "\n      - "))
	must(t, os.WriteFile(conf, []byte(text), 0o600))
	return conf
}

func TestCheckConnect(t *testing.T) {
	t.Parallel()
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	soon, err := ca.Valid() // two hours
	must(t, err)
	good := relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: soon})
	plain := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	inUse := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.BadName()})
	unused := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := checkYAML(t,
		fmt.Sprintf("{name: good, url: %q, key: key-of-good, ca_file: %q}", good.URL(), caFile),
		fmt.Sprintf("{name: used, url: %q, key: key-of-used}", inUse.URL()),
		fmt.Sprintf("{name: plain, url: %q, key: key-of-plain}", plain.URL()),
		fmt.Sprintf("{name: stranger, url: %q, key: key-of-stranger}", good.URL()),
		fmt.Sprintf("{name: off, url: %q, key: key-of-off, enabled: false}", unused.URL()),
		`{name: lost, url: "rtmp://no-such-host.invalid/live", key: key-of-lost}`)
	code, out, errOut := command(t.Context(), "", "-c", conf, "check", "--connect")
	if code != exitFailure || errOut != "Error: 3 of 5 destinations cannot be published to\n" {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	for _, want := range []string{
		"  ok         main/good      took the stream key after ",
		"  ok         main/plain     took the stream key after ",
		"  failed     main/used      publish with the stream key\n",
		"  failed     main/stranger  check the certificate (TLS)\n",
		"  failed     main/lost      look up the host's name\n",
		"  main/used failed: publish with the stream key\n      NetStream.Publish.BadName",
		"-> the stream key is in use",
		`-> the certificate's issuer ("relaytest CA") is not trusted`,
		"main/good, warning: the server's certificate expires on ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "main/off") || strings.Contains(out+errOut, "key-of-") {
		t.Errorf("a disabled destination or a key is told:\n%s", out)
	}
	if used, stranger, lost := strings.Index(out, "main/used failed: "), strings.Index(out, "main/stranger failed: "), strings.Index(out, "main/lost failed: "); used > stranger || stranger > lost {
		t.Errorf("the advice is not in the order of the configuration:\n%s", out)
	}
	for _, p := range []*relaytest.Platform{good, plain} {
		s, err := p.WaitSession(t.Context(), 1)
		must(t, err)
		must(t, s.WaitEnd(t.Context()))
		if s.Len() != 0 || !s.Goodbye() {
			t.Errorf("%v: want no media and a goodbye", s)
		}
	}
	if n := len(unused.Connections()); n != 0 {
		t.Errorf("%d connections to a disabled destination", n)
	}
}

func TestCheckConnectWithNothingWrong(t *testing.T) {
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	lasting, err := ca.Issue(60 * 24 * time.Hour)
	must(t, err)
	conf, err := ca.Valid()
	must(t, err)
	conf.Certificates[0] = lasting
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: conf})
	code, out, errOut := command(t.Context(), "", "-c", checkYAML(t, fmt.Sprintf("{name: a, url: %q, key: key-of-a, ca_file: %q}", p.URL(), caFile)), "check", "--connect")
	if code != exitOK || errOut != "" || strings.Contains(out, "warning") || !strings.Contains(out, "Nothing stands between") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
}

// TestCheckConnectIsSideBySide has each of five servers take its whole time.
func TestCheckConnectIsSideBySide(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.SilentAt(rtmp.StepHandshake)})
	var destinations []string
	for i := range 5 {
		destinations = append(destinations, fmt.Sprintf("{name: d%d, url: %q, key: key-of-d%d}", i, p.URL(), i))
	}
	began := time.Now()
	code, out, _ := command(t.Context(), "", "-c", checkYAML(t, destinations...), "check", "--connect", "--timeout", "2s")
	if took := time.Since(began); code != exitFailure || took > 6*time.Second || strings.Count(out, "RTMP handshake") != 10 {
		t.Errorf("exit code %d after %v:\n%s", code, took, out)
	}
}

// TestCheckConnectLeavesLiveDestinationsAlone runs beside a server that is live
// on one platform and refused by another.
func TestCheckConnectLeavesLiveDestinationsAlone(t *testing.T) {
	liveOn := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	refuses := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.Denied()})
	h := serve(t, mainYAML(liveOn, refuses))
	h.publish(mainKey)
	s := h.session(liveOn, 1, 60)
	_, err := refuses.WaitConnection(h.ctx, 1)
	must(t, err)
	h.becomes("b", destination.Refused, destination.BackingOff)
	code, out, errOut := h.command("", "check", "--connect")
	if code != exitFailure || !strings.Contains(errOut, "1 of 2 destinations cannot be published to") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	for _, want := range []string{
		"  not tried  main/a  the running server is connected to it",
		"  failed     main/b  the running server does not get through\n",
		"-> the platform refused the stream key",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if n := len(liveOn.Connections()); n != 1 || s.Goodbye() {
		t.Errorf("%d connections to a live destination, goodbye %v; want the server's alone", n, s.Goodbye())
	}
}

// becomes waits until the server says that a destination of its first stream is
// in one of the states.
func (h *hawker) becomes(name string, states ...destination.State) {
	h.t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		for _, d := range h.streams()[0].Destinations {
			for _, s := range states {
				if d.Name == name && d.State == s {
					return
				}
			}
		}
		select {
		case <-ticker.C:
		case <-h.ctx.Done():
			h.t.Fatalf("%s did not become %v", name, states)
		}
	}
}

func TestCheckConnectTrustsNoSilence(t *testing.T) {
	conf := checkYAML(t, `{name: a, url: "rtmp://127.0.0.1:1/live", key: key-of-a}`)
	a := fakeAdmin(t, conf, nil)
	a.status = 500
	code, out, errOut := command(context.Background(), "", "-c", conf, "check", "--connect")
	if code != exitFailure || !strings.Contains(errOut, "does not tell what it is connected to") || strings.Contains(out, "Connecting") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
}
