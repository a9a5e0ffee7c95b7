package record

import (
	"bytes"
	"io"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/media/fmp4"
)

const (
	// stripLength is how much of a show is in a strip that another keyframe ends,
	// and longStrip in one that nothing else does.
	stripLength = fragmentLength
	longStrip   = 2 * time.Second
	// stripBytes is enough for one, however short.
	stripBytes = 4 << 20
)

// span is a stretch of a file.
type span struct{ at, size int64 }

// tag is one of an FLV file, of which no more was read than tells what it is.
type tag struct {
	media.Tag // the payload's beginning
	kind      media.Kind
	time      time.Duration
	place     span   // of the payload
	body      []byte // of headers, whole
}

// frame tells whether it is a picture or sound of the first track.
func (t *tag) frame() bool {
	return t.kind != media.Data && !t.Header && !t.End && t.Track == 0 && t.place.size > 0
}

// headBytes is more than there is before a payload, as encoders send it.
const headBytes = 64

// inspectTag reads of a tag what tells what it is. One that is odd is nothing.
func inspectTag(in io.ReaderAt, p flv.Place) (t tag, err error) {
	t = tag{kind: p.Kind}
	if p.Kind == media.Data {
		return t, nil
	}
	inspect := media.InspectVideo
	if p.Kind == media.Audio {
		inspect = media.InspectAudio
	}
	for n := min(p.Size, headBytes); ; n = p.Size {
		body := make([]byte, n)
		if _, err := in.ReadAt(body, p.Body); err != nil {
			return t, err
		}
		m, odd := inspect(body)
		// With several tracks the payload ends before the body.
		part := odd != nil || m.Header || cap(m.Payload) != len(m.Payload)
		if part && n < p.Size {
			continue
		}
		if odd != nil {
			return t, nil
		}
		t.Tag, t.body = m, body
		t.time = time.Duration(p.Time)*time.Millisecond + m.TimestampOffset
		before := n - int64(cap(m.Payload))
		t.place = span{p.Body + before, int64(len(m.Payload)) + p.Size - n}
		return t, nil
	}
}

// mark is where a strip begins, and what of the tags before it counts.
type mark struct {
	from    int64
	picture time.Duration // when the last one begins
	clock   fmp4.AudioClock
	deaf    bool // the sound is not that of the track's header
}

// gather is what comes into a fragment.
type gather struct {
	start, now mark
	frames     []fmp4.Frame
	sounds     []fmp4.Sound
	pictures   []span // where the frames' payloads are
	heard      []span // and the sounds'
	bytes      int64  // of them all
}

// due is when a picture is; a track cannot go back.
func (g *gather) due(t tag) time.Duration {
	return max(0, t.time, g.now.picture+time.Millisecond)
}

// ends tells whether the strip ends before a tag.
func (g *gather) ends(t tag) bool {
	switch {
	case !t.frame():
		return false
	case t.kind == media.Video && len(g.frames) > 0:
		length := g.due(t) - g.frames[0].DTS
		return t.Keyframe && length >= stripLength || length >= longStrip || g.bytes >= stripBytes
	case t.kind == media.Video:
		return t.Keyframe && len(g.sounds) > 0
	}
	return len(g.frames) == 0 && len(g.sounds) > 0 && g.now.clock.End()-g.begins() >= longStrip
}

// take takes a tag.
func (g *gather) take(r *reel, t tag) {
	switch {
	case t.kind == media.Audio && t.Header && t.Track == 0 && r.audio != nil:
		g.now.deaf = !bytes.Equal(t.body, r.audio.Header)
	case !t.frame():
	case t.kind == media.Video && r.video != nil:
		due := g.due(t)
		if n := len(g.frames); n > 0 {
			g.frames[n-1].Length = due - g.frames[n-1].DTS
		}
		g.frames = append(g.frames, fmp4.Frame{DTS: due, Composition: t.CompositionTime + t.time - due, Key: t.Keyframe})
		g.pictures, g.now.picture = append(g.pictures, t.place), due
		g.bytes += t.place.size
	case t.kind == media.Audio && r.audio != nil && !g.now.deaf:
		n := r.audio.Samples(t.Payload)
		if n == 0 {
			return
		}
		if at, ok := g.now.clock.At(max(0, t.time), n); ok {
			g.sounds = append(g.sounds, fmp4.Sound{At: at, Samples: n})
			g.heard = append(g.heard, t.place)
			g.bytes += t.place.size
		}
	}
}

// end is when the last picture ends, as far as the one before it tells.
func (g *gather) end() time.Duration {
	n := len(g.frames)
	switch n {
	case 0:
		return 0
	case 1:
		return g.frames[0].DTS + usual
	}
	return g.frames[n-1].DTS + g.frames[n-2].Length
}

// begins is when the strip does.
func (g *gather) begins() time.Duration {
	if len(g.frames) > 0 {
		return g.frames[0].DTS
	}
	if len(g.sounds) > 0 {
		return g.now.clock.Time(g.sounds[0].At)
	}
	return 0
}

// key tells whether decoding can begin with the strip.
func (g *gather) key(r *reel) bool {
	return r.video == nil || len(g.frames) > 0 && g.frames[0].Key
}

// nothing stands for all payloads, where only what is around them matters.
func nothing(int64) []byte { return nil }

// fragment makes the strip's fragment, of which the last picture ends then, with
// payloads that only have the right size.
func (g *gather) fragment(sequence uint32, end time.Duration, payload func(size int64) []byte) []byte {
	if n := len(g.frames); n > 0 {
		g.frames[n-1].Length = end - g.frames[n-1].DTS
	}
	for i := range g.frames {
		g.frames[i].Payload = payload(g.pictures[i].size)
	}
	for i := range g.sounds {
		g.sounds[i].Payload = payload(g.heard[i].size)
	}
	return fmp4.Fragment(sequence, g.frames, g.sounds)
}
