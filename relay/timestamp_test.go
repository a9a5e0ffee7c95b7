package relay_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestEncoderClocksAtTheEdges plays 20 s across each edge of an encoder's
// clock, twice as fast.
func TestEncoderClocksAtTheEdges(t *testing.T) {
	t.Parallel()
	bases := map[string]uint32{"2^24": 1<<24 - 5000, "2^31": 1<<31 - 5000, "2^32": 1<<32 - 5000}
	wires := map[string]relaytest.Wire{
		"as librtmp":                {OneChunkStream: true},
		"deltas, 128-byte chunks":   {ChunkSize: 128},
		"extended repeated":         {FullHeaders: true},
		"extended repeated, 128":    {FullHeaders: true, ChunkSize: 128},
		"extended left out":         {FullHeaders: true, OmitExtended: true},
		"extended left out, 128":    {FullHeaders: true, OmitExtended: true, ChunkSize: 128},
		"extended left out, 65,536": {FullHeaders: true, OmitExtended: true, ChunkSize: 65536},
	}
	var streams []relay.Stream
	platforms := map[string]*relaytest.Platform{}
	for edge := range bases {
		for wire := range wires {
			name := edge + " " + wire
			// Each is a host of its own: dials to one host are paced.
			host := fmt.Sprintf("127.0.19.%d:0", 1+len(platforms))
			platforms[name] = relaytest.StartPlatform(t, relaytest.PlatformConfig{Listen: host})
			streams = append(streams, stream(name, to("d", platforms[name])))
		}
	}
	r := start(t, relay.Config{Streams: streams})
	source := small
	source.Duration = 20 * time.Second
	encoders := map[string]*relaytest.Encoder{}
	for edge, base := range bases {
		for wire, w := range wires {
			name := edge + " " + wire
			conf := relaytest.EncoderConfig{Target: r.ingest(name), Source: source.Source(), Speed: 2, Base: base, Wire: w}
			encoders[name] = r.encodeTo(conf, platforms[name])
		}
	}
	for name, e := range encoders {
		t.Run(name, func(t *testing.T) { checkArrival(t, e, platforms[name], 0) })
	}
}

// TestDestinationClockOverADay sends 26 hours in steps of nine seconds, within
// what a clock may jump, so that the destination's own clock passes 2^24 ms. Key
// frames are larger than a chunk.
func TestDestinationClockOverADay(t *testing.T) {
	t.Parallel()
	const day = 26 * time.Hour
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("d", p))
	e := r.encodeTo(relaytest.EncoderConfig{Source: &slideshow{until: day}, Speed: day.Seconds() / 20}, p)
	checkArrival(t, e, p, 1000)
	if last, _ := p.Sessions()[0].Last(); last.Time < 24*3600*1000 {
		t.Errorf("the destination's clock came to %d ms only", last.Time)
	}
}

// checkArrival waits for the encoder's end and sees that all of it came to the
// platform, with its times: all but the first few that may have been too early.
func checkArrival(t *testing.T, e *relaytest.Encoder, p *relaytest.Platform, early int) {
	t.Helper()
	must(t, e.Wait())
	s := session(t, p, 1)
	must(t, s.WaitEnd(within(t, 10*time.Second)))
	sent, got := e.Sent(), s.Messages()
	checkWhole(t, "the platform", e, s)
	must(t, relaytest.CompareTimes(sent, got, 0))
	if missing := len(sent) - len(got); missing > early || got[len(got)-1].Hash != sent[len(sent)-1].Hash || len(p.Connections()) != 1 {
		t.Errorf("got %d messages in %d connections, want %d in one", len(got), len(p.Connections()), len(sent))
	}
}

// slideshow is a Source with a frame every nine seconds and audio in between.
type slideshow struct {
	until time.Duration
	n     int
}

func (s *slideshow) Next() (flv.Tag, error) {
	const step = 4500 // ms
	at := uint32(max(0, s.n-2) * step)
	if int64(at) > s.until.Milliseconds() {
		return flv.Tag{}, io.EOF
	}
	n := s.n
	s.n++
	switch {
	case n == 0:
		return flv.Tag{Kind: media.Video, Body: []byte{0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 0, 1, 0, 0}}, nil
	case n == 1:
		return flv.Tag{Kind: media.Audio, Body: []byte{0xaf, 0, 0x11, 0x90}}, nil
	case n%2 == 1:
		return flv.Tag{Kind: media.Audio, Time: at, Body: binary.BigEndian.AppendUint32([]byte{0xaf, 1}, uint32(n))}, nil
	}
	kind, size := byte(0x27), 300
	if n%20 == 2 {
		kind, size = 0x17, 3*4096+1
	}
	body := append([]byte{kind, 1, 0, 0, 0}, make([]byte, size)...)
	copy(body[5:], fmt.Sprint("frame ", n))
	return flv.Tag{Kind: media.Video, Time: at, Body: body}, nil
}
