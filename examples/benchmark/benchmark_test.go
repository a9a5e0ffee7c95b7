package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
	"go.uber.org/goleak"
)

// TestMain is the yardstick's process, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && isBare(os.Args[1]) {
		if err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// small is a benchmark of one short round with two destinations.
func small(t *testing.T, targets string) (*bench, []target) {
	t.Helper()
	if _, _, err := cores(); err != nil {
		t.Skip(err)
	}
	o, err := parseOptions([]string{"-quick", "-n", "2", "-targets", targets}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o.progress = func(sample) {}
	b, err := newBench(o, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(b.dir) })
	b.json = filepath.Join(b.dir, "result.json")
	found, _, err := newTargets(t.Context(), o, b.dir)
	if err != nil {
		t.Fatal(err)
	}
	return b, found
}

// TestQuick goes through a whole small run, RTMP and RTMPS.
func TestQuick(t *testing.T) {
	b, targets := small(t, "bare-each,bare-all,hawker")
	var r result
	if err := b.all(t.Context(), targets, &r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.finish(&r, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if len(r.Medians) != 6 {
		t.Errorf("%d lines, want three relays with RTMP and with RTMPS\n%s", len(r.Medians), &out)
	}
	for _, s := range r.Medians {
		delivers(t, s)
	}
	var again result
	data, err := os.ReadFile(b.json)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &again); err != nil || len(again.Samples) != 6 {
		t.Errorf("%d samples in JSON, %v", len(again.Samples), err)
	}
}

// delivers checks that a sample measured something: 6 Mb/s to two are 1.5 MB in a second.
func delivers(t *testing.T, s sample) {
	t.Helper()
	if s.Delivered < 0.001 || s.Lost != 0 || s.Wrong != 0 || s.cpu() <= 0 || s.P50 <= 0 || s.P99 < s.P50 || s.Memory < 1<<20 {
		t.Errorf("%+v", s)
	}
}

func TestNginx(t *testing.T) {
	require.Program(t, "nginx")
	b, targets := small(t, "nginx-rtmp")
	s, err := b.measure(t.Context(), fanOut(2, false), targets[0])
	if err != nil {
		t.Fatal(err)
	}
	delivers(t, s)
}

// TestOthers measures what -quick leaves out, with small numbers.
func TestOthers(t *testing.T) {
	b, targets := small(t, "hawker")
	b.seconds = 300 * time.Millisecond
	for _, sc := range []scenario{ingestAlone(), manyStreams(3)} {
		s, err := b.measure(t.Context(), sc, targets[0])
		if err != nil {
			t.Fatal(err)
		}
		if s.Delivered == 0 || s.Wrong != 0 || s.Lost != 0 || s.cpu() == 0 {
			t.Errorf("%+v", s)
		}
	}
}
