package relay_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func isDenied(err error, text string) bool {
	var r *rtmp.Refusal
	return errors.As(err, &r) && r.Code == rtmp.CodeDenied && strings.Contains(r.Description, text)
}

// try publishes from a local address and returns what came of it.
func (r *rig) try(from string, target rtmp.Target) error {
	e := relaytest.NewEncoder(relaytest.EncoderConfig{Target: target, From: from, Source: small.Source()})
	err := e.Start(r.t.Context())
	e.Kill()
	return err
}

func TestKeyLetsIn(t *testing.T) {
	t.Parallel()
	main := key("main").Reveal()
	tests := map[string]struct {
		app, key string
		in       bool
	}{
		"the key":                      {"live", main, true},
		"another app":                  {"whatever/it/is", main, true},
		"an app with a query":          {"live?token=1", main, true},
		"a wrong key":                  {"live", key("other").Reveal(), false},
		"the key in the app":           {main, "x", false},
		"no key":                       {"live", "", false},
		"the key's beginning":          {"live", marker, false},
		"a query behind the key":       {"live", key("bare").Reveal(), false},
		"a query behind a plain key":   {"live", "plain-" + marker + "?bandwidthtest=true", true},
		"a query behind a part of one": {"live", "plain?bandwidthtest=true", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := stream("plain")
			plain.Key = secret.New("plain-" + marker)
			r := start(t, relay.Config{Streams: []relay.Stream{stream("main"), plain}})
			target := rtmp.Target{Server: "rtmp://" + r.Addr().String() + "/" + tt.app, Key: secret.New(tt.key)}
			err := r.try("", target)
			if tt.in && err != nil {
				t.Errorf("turned away: %v", err)
			}
			if !tt.in && !isDenied(err, "wrong stream key: copy it again from the relay's configuration into the encoder") {
				t.Errorf("got %v, want a refusal that says what to do", err)
			}
		})
	}
}

func TestGuesserIsTurnedAway(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	e := r.encode(relaytest.EncoderConfig{})
	wrong, right := r.ingest("main"), r.ingest("main")
	wrong.Key = key("guess")
	const many = "too many wrong stream keys from this address; wait a minute"
	begun, guesses := time.Now(), 0
	for turnedAway := false; !turnedAway; {
		guesses++
		err := r.try("127.0.0.2", wrong)
		turnedAway = isDenied(err, many)
		if !turnedAway && !isDenied(err, "wrong stream key:") {
			t.Fatalf("guess %d: %v", guesses, err)
		}
		if back := int(time.Since(begun) / (6 * time.Second)); guesses > 11+back {
			t.Fatalf("guess %d is still answered", guesses)
		}
	}
	if guesses < 11 {
		t.Errorf("turned away at guess %d, want 10 a minute", guesses)
	}
	if err := r.try("127.0.0.2", right); !isDenied(err, many) && time.Since(begun) < 6*time.Second {
		t.Errorf("the right key, from a guesser: %v", err)
	}
	if err := r.try("127.0.0.3", wrong); !isDenied(err, "wrong stream key:") {
		t.Errorf("another address: %v", err)
	}
	s := session(t, p, 1)
	reach(t, s, 1500)
	checkUndisturbed(t, "d", e, p)
}

func TestCertificateIsReplacedOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, firstFile := relaytest.StartCA(t, t.TempDir())
	second, secondFile := relaytest.StartCA(t, t.TempDir())
	cert, private, err := first.WriteKeyPair(dir)
	must(t, err)
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := start(t, relay.Config{
		RTMPS:   &relay.RTMPS{Listen: "127.0.0.1:0", CertFile: cert, KeyFile: private},
		Streams: []relay.Stream{stream("main", to("d", p)), stream("probe")},
	})
	if r.Addr() != nil {
		t.Errorf("listens on %v without TLS", r.Addr())
	}
	secure := func(name, caFile string) rtmp.Target {
		return rtmp.Target{Server: "rtmps://" + r.AddrTLS().String() + "/live", Key: key(name), CAFile: caFile}
	}
	e := r.encode(relaytest.EncoderConfig{Target: secure("main", firstFile)})
	serves := func(when, good, bad string) {
		t.Helper()
		if err := r.try("", secure("main", bad)); err == nil || isBadName(err) {
			t.Errorf("%s: the other certificate is served (%v)", when, err)
		}
		probe := relaytest.NewEncoder(relaytest.EncoderConfig{Target: secure("probe", good)})
		if err := probe.Start(t.Context()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		probe.Stop()
	}
	serves("at first", firstFile, secondFile)
	renewed := t.TempDir()
	newCert, newPrivate, err := second.WriteKeyPair(renewed)
	must(t, err)
	reach(t, session(t, p, 1), 500) // a clock's tick for the files' times
	must(t, os.Rename(newCert, cert))
	serves("one of two replaced", firstFile, secondFile)
	must(t, os.Rename(newPrivate, private))
	serves("both replaced", secondFile, firstFile)
	must(t, os.Remove(filepath.Join(dir, "key.pem")))
	serves("one removed", secondFile, firstFile)
	reach(t, session(t, p, 1), 1500)
	checkUndisturbed(t, "d", e, p)
}

func TestEncoderThatNeverSpeaksTakesNoPlace(t *testing.T) {
	t.Parallel()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	mute := relaytest.NewEncoder(relaytest.EncoderConfig{Target: r.ingest("main")})
	must(t, mute.Start(t.Context()))
	defer mute.Kill()
	eventually(t, 5*time.Second, "another encoder is let in", func() bool { return r.try("", r.ingest("main")) == nil })
}
