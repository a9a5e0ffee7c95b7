package playback

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/hawker-live/hawker/relay/stream"
)

// seconds is a decimal number of seconds with as many digits as it takes, five
// at most.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(math.Round(d.Seconds()*1e5)/1e5, 'f', -1, 64)
}

// date is ISO 8601 with milliseconds.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// playlist is the media playlist as it is now, or of it what has changed. It is
// made once for all who ask. The caller holds s.mu.
func (s *shelf) playlist(delta bool) []byte {
	skipped := 0
	if delta {
		skipped = s.skippable()
	}
	r := &s.playlists[0]
	if skipped > 0 {
		r = &s.playlists[1]
	}
	if r.version != s.version {
		r.version, r.text = s.version, s.render(skipped)
	}
	return r.text
}

// skippable is how many segments are before the Skip Boundary (RFC 8216bis
// section 6.2.5.1).
func (s *shelf) skippable() int {
	listed := s.segments[s.listed:]
	var length time.Duration
	for _, g := range listed {
		length += g.length
	}
	n := 0
	for ; n < len(listed); n++ {
		if length -= listed[n].length; length < skipUntil*s.timing.target {
			break
		}
	}
	return n
}

// render writes a playlist (RFC 8216bis section 4.4).
func (s *shelf) render(skipped int) []byte {
	var b bytes.Buffer
	listed := s.segments[s.listed:]
	t := s.timing
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:%d\n", t.target/time.Second)
	fmt.Fprintf(&b, "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=%s,HOLD-BACK=%s,PART-HOLD-BACK=%s\n",
		seconds(skipUntil*t.target), seconds(3*t.target), seconds(3*t.part))
	fmt.Fprintf(&b, "#EXT-X-PART-INF:PART-TARGET=%s\n", seconds(t.part))
	if len(listed) > 0 {
		fmt.Fprintf(&b, "#EXT-X-MEDIA-SEQUENCE:%d\n", listed[0].number)
	}
	if s.gone > 0 {
		fmt.Fprintf(&b, "#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", s.gone)
	}
	if skipped > 0 {
		fmt.Fprintf(&b, "#EXT-X-SKIP:SKIPPED-SEGMENTS=%d\n", skipped)
	}
	s.renderSegments(&b, listed, skipped)
	for _, line := range s.cues {
		b.WriteString(line + "\n")
	}
	if s.ended != nil {
		b.WriteString("#EXT-X-ENDLIST\n")
	} else {
		fmt.Fprintf(&b, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"part-%d.m4s\"\n", s.parts)
	}
	return b.Bytes()
}

// renderSegments writes the segments after the first skipped ones, and the parts
// of those near the end.
func (s *shelf) renderSegments(b *bytes.Buffer, listed []*segment, skipped int) {
	var length time.Duration
	for _, g := range listed {
		length += g.length
	}
	var header *header
	for i, g := range listed {
		length -= g.length
		renew := g.header != header
		header = g.header
		open := s.open && i == len(listed)-1
		if i < skipped || open && g.told() == 0 { // those of the open one are still to come
			continue
		}
		if g.broken {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		if renew {
			fmt.Fprintf(b, "#EXT-X-MAP:URI=\"init-%d.mp4\"\n", g.header.number)
		}
		fmt.Fprintf(b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", date(g.date))
		if length < 3*s.timing.target && !g.bare {
			renderParts(b, g.parts)
		}
		if !open {
			fmt.Fprintf(b, "#EXTINF:%s,\nseg-%d.m4s\n", seconds(g.length), g.number)
		}
	}
}

func renderParts(b *bytes.Buffer, parts []part) {
	for _, p := range parts {
		independent := ""
		if p.independent {
			independent = ",INDEPENDENT=YES"
		}
		fmt.Fprintf(b, "#EXT-X-PART:DURATION=%s,URI=\"part-%d.m4s\"%s\n", seconds(p.length), p.number, independent)
	}
}

// multivariant is the playlist that names the session's media playlist.
func (s *session) multivariant(stats stream.Stats) []byte {
	s.mu.Lock()
	h := s.header
	peak := stats.Bitrate * 1.2
	for _, g := range s.segments {
		if g.length >= segmentLength {
			peak = max(peak, float64(g.bytes*8)/g.length.Seconds())
		}
	}
	s.mu.Unlock()
	if peak == 0 {
		peak = unknownBitrate
	}
	more := ""
	if v := h.video; v != nil {
		if v.Width > 0 && v.Height > 0 {
			more += fmt.Sprintf(",RESOLUTION=%dx%d", v.Width, v.Height)
		}
		more += fmt.Sprintf(",FRAME-RATE=%.3f", float64(time.Second)/float64(s.timing.interval))
	}
	return fmt.Appendf(nil, "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-STREAM-INF:BANDWIDTH=%.0f,CODECS=\"%s\"%s\nhls/%s/stream.m3u8\n",
		peak, h.codecs(), more, s.id)
}

// unknownBitrate is told, in bits per second, of a stream that has just begun.
const unknownBitrate = 6_000_000
