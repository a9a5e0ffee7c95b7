package stream

import (
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Stats is what is known of a stream now.
type Stats struct {
	// Live is whether a broadcast is on.
	Live bool
	// Bytes and Packets count all that publishers have sent since the stream
	// was made, on air or not.
	Bytes   uint64
	Packets map[media.Kind]uint64
	// Bitrate is the mean of the last 5 s in bits per second, of the publisher
	// that is on air.
	Bitrate float64
	// Video and Audio are what the headers in force say; nil without one.
	Video *media.VideoConfig
	Audio *media.AudioConfig
	// FrameRate and KeyframeInterval were measured, on the stream's clock, over
	// the last whole group of pictures; before there is one FrameRate is what
	// the header says.
	FrameRate        float64
	KeyframeInterval time.Duration
	// Recent was measured over the last ten seconds of the publisher.
	Recent Recent
	// Began is when the first packet of the broadcast came; zero before.
	Began time.Time
	// RingBytes is what the ring holds.
	RingBytes int64
}

// totals count over all broadcasts of a stream.
type totals struct {
	bytes   atomic.Uint64
	packets [256]atomic.Uint64 // by kind
}

func (t *totals) add(p *media.Packet) {
	t.bytes.Add(uint64(len(p.Body)))
	t.packets[p.Kind].Add(1)
}

// Stats returns what is known now.
func (s *Stream) Stats() Stats {
	out := Stats{Bytes: s.totals.bytes.Load(), Packets: map[media.Kind]uint64{}}
	for _, k := range []media.Kind{media.Audio, media.Video, media.Data} {
		out.Packets[k] = s.totals.packets[k].Load()
	}
	if b := s.Current(); b != nil {
		b.describe(&out, time.Now())
	}
	return out
}

func (b *Broadcast) describe(out *Stats, now time.Time) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out.Live = !b.ended
	if b.next > b.first {
		out.RingBytes = b.bytes - b.at(b.first).before
	}
	out.Bitrate = b.meter.bitrate(now)
	out.FrameRate, out.KeyframeInterval = b.meter.frameRate, b.meter.interval
	out.Recent, out.Began = b.meter.recent.figures(now.Unix()), b.meter.beginning()
	// What comes with an error is what could be read, and better than nothing.
	if tag, err := media.InspectVideo(b.headers[slotOf(media.Video, 0)].Body); err == nil {
		v, _ := media.ParseVideoConfig(tag)
		out.Video = &v
	}
	if tag, err := media.InspectAudio(b.headers[slotOf(media.Audio, 0)].Body); err == nil {
		a, _ := media.ParseAudioConfig(tag)
		out.Audio = &a
	}
	if out.FrameRate == 0 && out.Video != nil {
		out.FrameRate = out.Video.FrameRate
	}
}

// meter measures a broadcast as it comes in.
type meter struct {
	seconds [meterSeconds]second // by unix time modulo their number
	began   int64

	frames    int           // since the last keyframe
	keyframe  time.Duration // the time of that
	seen      bool          // there was one
	frameRate float64
	interval  time.Duration

	recent recent
}

type second struct {
	unix  int64
	bytes uint64
}

// meterSeconds are the five that count and the one that is not over.
const meterSeconds = 6

// cut says that the next packet comes from another publisher: what lies between
// is no group of pictures, and what was measured of the one says nothing of the
// other.
func (m *meter) cut() { m.seen, m.recent = false, recent{} }

func (m *meter) beginning() time.Time {
	if m.began == 0 {
		return time.Time{}
	}
	return time.Unix(m.began, 0)
}

func (m *meter) add(p *media.Packet) {
	now := p.Arrived.Unix()
	if m.began == 0 {
		m.began = now
	}
	s := &m.seconds[now%meterSeconds]
	if s.unix != now {
		*s = second{unix: now}
	}
	s.bytes += uint64(len(p.Body))
	m.recent.add(p, now)
	if p.Kind != media.Video || p.Header {
		return
	}
	if p.Keyframe {
		if m.seen && p.Time > m.keyframe {
			m.interval = p.Time - m.keyframe
			m.frameRate = float64(m.frames) / m.interval.Seconds()
		}
		m.seen, m.keyframe, m.frames = true, p.Time, 0
	}
	m.frames++
}

// bitrate is the mean over the last whole seconds, five at most.
func (m *meter) bitrate(now time.Time) float64 {
	unix := now.Unix()
	var bytes uint64
	for _, s := range m.seconds {
		if s.unix < unix && s.unix >= unix-(meterSeconds-1) {
			bytes += s.bytes
		}
	}
	whole := min(unix-m.began, meterSeconds-1)
	if m.began == 0 || whole <= 0 {
		return 0
	}
	return float64(bytes) * 8 / float64(whole)
}
