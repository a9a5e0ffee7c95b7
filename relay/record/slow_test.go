package record

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
)

// TestSlowDiskLeavesOutWholeGroups has a pipe for a disk, which takes nothing for
// as long as nobody reads it. The stream must not wait, and what is recorded in
// the end must be whole groups of pictures.
func TestSlowDiskLeavesOutWholeGroups(t *testing.T) {
	t.Parallel()
	s, err := stream.New(stream.Config{Name: "main"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	metrics := prometheus.NewRegistry()
	r, err := New(Config{Stream: "main", Feed: s, Settings: Settings{Folder: "unused", Format: FLV}, Metrics: NewMetrics(metrics)})
	if err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	tape := newTape(r, nil, showName(time.Now()))
	tape.part = &part{Part: Part{Date: tape.show, Number: 1, Format: FLV}, file: in}

	publisher := s.Publisher()
	b := s.Begin()
	publisher.TakeOver(b)
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	if err != nil {
		t.Fatal(err)
	}
	tags := c.Tags()
	arrived := time.Now()
	write := func(some []flv.Tag) {
		for _, tag := range some {
			if err := publisher.Write(tag.Kind, tag.Time, tag.Body, arrived.Add(time.Duration(tag.Time)*time.Millisecond)); err != nil {
				t.Error(err)
			}
		}
	}
	write(tags[:4])
	source := b.Cursor(stream.CursorConfig{MaxLag: time.Second})
	copied := make(chan error, 1)
	go func() { copied <- r.copy(context.Background(), source, tape); _ = in.Close() }()
	begun := make([]byte, 13)
	if _, err := io.ReadFull(out, begun); err != nil {
		t.Fatal(err)
	}
	write(tags[4:])
	s.End()

	c, err = relaytest.ReadClip(io.MultiReader(bytes.NewReader(begun), out))
	if err != nil {
		t.Fatal(err)
	}
	if err := <-copied; err != nil {
		t.Error(err)
	}
	checkGroups(t, c.Tags(), tags)
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := 0.0
	for _, f := range families {
		if f.GetName() == "hawker_recording_dropped_packets_total" {
			told = f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	if missing := len(tags) - len(c.Tags()); missing == 0 || told != float64(missing) {
		t.Errorf("%d packets were left out, %v were counted", missing, told)
	}
}

// checkGroups wants frames as they were sent, and gaps only before keyframes.
func checkGroups(t *testing.T, got, sent []flv.Tag) {
	t.Helper()
	at := 0
	for _, tag := range got {
		next := at
		for next < len(sent) && !bytes.Equal(sent[next].Body, tag.Body) {
			next++
		}
		m, _ := media.InspectVideo(tag.Body)
		if next == len(sent) || next > at && (tag.Kind != media.Video || !m.Keyframe) && !m.Header {
			t.Fatalf("%v at %d ms does not follow what was before it", tag.Kind, tag.Time)
		}
		at = next + 1
	}
}
