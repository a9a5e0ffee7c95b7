package stream_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 50)
		s.size = 5000
		s.headers()
		s.frames(10 * 25)
		st := s.s.Stats()
		if !st.Live || st.KeyframeInterval != 2*time.Second || st.FrameRate != 25 {
			t.Errorf("live %v, keyframe every %v, %v frames a second; want true, 2s, 25", st.Live, st.KeyframeInterval, st.FrameRate)
		}
		if want := float64(25 * (5000 + 16) * 8); st.Bitrate < 0.95*want || st.Bitrate > 1.05*want {
			t.Errorf("bitrate %v, want %v", st.Bitrate, want)
		}
		if st.Packets[media.Video] != 251 || st.Packets[media.Audio] != 251 || st.Packets[media.Data] != 1 {
			t.Errorf("packets %v", st.Packets)
		}
		time.Sleep(10 * time.Second)
		if st := s.s.Stats(); st.Bitrate != 0 {
			t.Errorf("after 10 s of silence: bitrate %v", st.Bitrate)
		}
		s.s.End()
		if after := s.s.Stats(); after.Live || after.Bytes != st.Bytes {
			t.Errorf("after the end: live %v, %d bytes in all; want false, %d", after.Live, after.Bytes, st.Bytes)
		}
	})
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	s := newSource(t, stream.Config{Metrics: stream.NewMetrics(reg)}, 5)
	s.headers()
	want := `
# HELP hawker_stream_ingest_packets_total Packets that publishers have sent, by kind.
# TYPE hawker_stream_ingest_packets_total counter
hawker_stream_ingest_packets_total{kind="audio",stream="main"} 1
hawker_stream_ingest_packets_total{kind="data",stream="main"} 1
hawker_stream_ingest_packets_total{kind="video",stream="main"} 1
# HELP hawker_stream_live Whether a broadcast is on (1) or not (0).
# TYPE hawker_stream_live gauge
hawker_stream_live{stream="main"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "hawker_stream_live", "hawker_stream_ingest_packets_total"); err != nil {
		t.Error(err)
	}
	s.s.Close()
	if n, err := testutil.GatherAndCount(reg); err != nil || n != 0 {
		t.Errorf("%d metrics after the stream was closed (%v)", n, err)
	}
}

// TestMultitrack has a late reader get the headers of both video tracks, and
// begin at a keyframe of the first.
func TestMultitrack(t *testing.T) {
	// Enhanced RTMP: ex-header, multitrack (6), one track, avc1, its track ID.
	tagged := func(frameType, packetType, track byte) []byte {
		return append([]byte{0x80 | frameType<<4 | 6, packetType, 'a', 'v', 'c', '1', track}, 0, 0, 0, 0, track)
	}
	s := newSource(t, stream.Config{}, 5)
	for track := range byte(2) {
		s.write(media.Video, 0, tagged(1, 0, track))
	}
	s.write(media.Video, 0, tagged(1, 1, 0))
	s.write(media.Video, 0, tagged(1, 1, 1))
	c := s.s.Current().Cursor(stream.CursorConfig{})
	batch := make([]media.Packet, 8)
	n, err := c.Next(t.Context(), batch)
	if err != nil || n != 4 {
		t.Fatalf("got %d packets, %v; want two headers and two frames", n, err)
	}
	for i, want := range []struct {
		header bool
		track  byte
	}{{true, 0}, {true, 1}, {false, 0}, {false, 1}} {
		if p := batch[i]; p.Header != want.header || p.Body[6] != want.track {
			t.Errorf("packet %d: header %v of track %d, want %v of %d", i, p.Header, p.Body[6], want.header, want.track)
		}
	}
}
