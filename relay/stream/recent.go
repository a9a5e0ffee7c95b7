package stream

import (
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Recent is what one publisher has sent in the last whole seconds, ten at most.
type Recent struct {
	// Span is how much of it was measured: 0 s to 10 s.
	Span time.Duration
	// VideoBitrate and AudioBitrate are means over Span in bits per second.
	VideoBitrate, AudioBitrate float64
	// FrameRate is the mean over the whole groups of pictures; 0 before there
	// is one.
	FrameRate float64
	// KeyframeInterval is the longest, on the stream's clock; the group that is
	// not at its end counts as long as it is.
	KeyframeInterval time.Duration
	// LongestFrame is how long a frame lasted at most.
	LongestFrame time.Duration
	// BFrames is whether pictures are shown in another order than they come.
	BFrames bool
}

// recentSeconds are those that count; the ring holds the one under way too.
const recentSeconds = 10

// recent measures a publisher over a sliding window. A packet costs a few
// additions.
type recent struct {
	seconds [recentSeconds + 1]bucket // by unix time modulo their number
	from    int64                     // the second of the first packet, not whole and so not counted; 0 before

	keyframe, newest time.Duration // of the group under way
	frames           int           // in it
	seen             bool          // there is one

	composition time.Duration // of the first frame
	composed    bool          // there was one
	bFrames     bool
}

// bucket is a second of arrivals. Groups of pictures count where they end.
type bucket struct {
	unix         int64
	video, audio uint64 // bytes
	groups       time.Duration
	frames       int // in groups
	longest      time.Duration
	lasted       time.Duration // a frame, at most
}

// add takes a packet in that arrived in the second now.
func (r *recent) add(p *media.Packet, now int64) {
	if r.from == 0 {
		r.from = now
	}
	b := &r.seconds[now%int64(len(r.seconds))]
	if b.unix != now {
		*b = bucket{unix: now}
	}
	switch p.Kind {
	case media.Audio:
		b.audio += uint64(len(p.Body))
	case media.Video:
		b.video += uint64(len(p.Body))
		if !p.Header {
			r.frame(p, b)
		}
	}
}

func (r *recent) frame(p *media.Packet, b *bucket) {
	if p.Keyframe {
		if length := p.Time - r.keyframe; r.seen && length > 0 {
			b.groups += length
			b.frames += r.frames
			b.longest = max(b.longest, length)
		}
		if !r.seen {
			r.newest = p.Time
		}
		r.seen, r.keyframe, r.frames = true, p.Time, 0
	}
	if r.seen {
		b.lasted = max(b.lasted, p.Time-r.newest)
	}
	r.frames++
	r.newest = p.Time
	r.order(p.Body)
}

// order looks for B-frames until there is one: without them, all frames are
// shown equally long after they were decoded.
func (r *recent) order(body []byte) {
	if r.bFrames {
		return
	}
	tag, err := media.InspectVideo(body)
	if err != nil || tag.End || tag.Codec == "" {
		return
	}
	r.bFrames = r.composed && tag.CompositionTime != r.composition
	r.composition, r.composed = tag.CompositionTime, true
}

// figures sums up at the second now.
func (r *recent) figures(now int64) Recent {
	out := Recent{BFrames: r.bFrames}
	if r.from == 0 {
		return out
	}
	var sum bucket
	for i := range r.seconds {
		b := &r.seconds[i]
		if b.unix > now || b.unix < now-recentSeconds {
			continue
		}
		sum.longest = max(sum.longest, b.longest)
		out.LongestFrame = max(out.LongestFrame, b.lasted)
		sum.groups += b.groups
		sum.frames += b.frames
		if b.unix > r.from && b.unix < now {
			sum.video += b.video
			sum.audio += b.audio
		}
	}
	if r.seen {
		out.KeyframeInterval = max(sum.longest, r.newest-r.keyframe)
	}
	if sum.groups > 0 {
		out.FrameRate = float64(sum.frames) / sum.groups.Seconds()
	}
	if whole := min(now-r.from-1, recentSeconds); whole > 0 {
		out.Span = time.Duration(whole) * time.Second
		out.VideoBitrate = float64(sum.video) * 8 / float64(whole)
		out.AudioBitrate = float64(sum.audio) * 8 / float64(whole)
	}
	return out
}
