package relay

import (
	"context"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// HoldSlate is what destinations get while the encoder is away.
type HoldSlate string

// The slates.
const (
	// Freeze repeats the last keyframe and sends silence: the default.
	Freeze HoldSlate = "freeze"
	// NoSlate sends nothing.
	NoSlate HoldSlate = "none"
)

// pictureEvery is how often the picture is repeated. The first time is as long
// after the drop: a shorter one is not seen at all.
const pictureEvery = time.Second

// slate stands in for an encoder that is gone: it repeats its last keyframe and
// is silent in its codec and cadence, so that platforms do not take the
// broadcast for over, and players do not stop. What it sends goes the way of
// every other packet.
type slate struct {
	out     *stream.Publisher
	picture []byte        // nil where there is no keyframe to repeat
	sound   media.Silence // no body where no silent frame is known
	note    string        // why one is missing
}

// newSlate takes what b has shown, and puts the slate on air.
func newSlate(s *stream.Stream, b *stream.Broadcast) *slate {
	l := &slate{out: s.Filler(), picture: b.Keyframe()}
	video := false
	for _, h := range b.Headers() {
		switch h.Kind {
		case media.Video:
			video = true
		case media.Audio:
			if l.sound.Body == nil && l.note == "" {
				l.hush(h.Body)
			}
		}
	}
	if l.note == "" && l.sound.Body == nil && b.HasAudio() {
		l.note = "no silent frame of this audio is known"
	}
	if video && l.picture == nil {
		l.note = "no keyframe has come that could be repeated"
	}
	l.out.TakeOver(b)
	return l
}

// hush finds the silent frame for the audio track of this header.
func (l *slate) hush(header []byte) {
	var known bool
	if l.sound, known = media.SilenceOf(header); !known {
		l.sound = media.Silence{}
		l.note = "no silent frame of this audio is known"
		if tag, err := media.InspectAudio(header); err == nil {
			config, _ := media.ParseAudioConfig(tag)
			l.note = fmt.Sprintf("no silent frame is known of %s %s with %d channels", config.Codec, config.Profile, config.Channels)
		}
	}
}

// describe says what is fed, and why it is not more.
func (l *slate) describe() (feed, note string) {
	switch {
	case l.picture != nil && l.sound.Body != nil:
		feed = "picture and silence"
	case l.picture != nil:
		feed = "picture"
	case l.sound.Body != nil:
		feed = "silence"
	default:
		feed = "nothing"
	}
	return feed, l.note
}

// run feeds until ctx or the broadcast ends.
func (l *slate) run(ctx context.Context) {
	tracks := l.tracks()
	if len(tracks) == 0 {
		return
	}
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next := &tracks[0]
		if len(tracks) > 1 && tracks[1].due() < next.due() {
			next = &tracks[1]
		}
		timer.Reset(time.Until(began.Add(next.due())))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		if l.out.Write(next.kind, uint32(next.due()/time.Millisecond), next.body, time.Now()) != nil {
			return
		}
		next.sent++
	}
}

// repeated is a packet that comes again and again. Its times are multiples, not
// sums, so that they do not drift.
type repeated struct {
	kind media.Kind
	body []byte
	span time.Duration // in which
	n    int64         // so many are sent
	sent int64
}

// due is when the next one is sent, from the beginning; one span of time after
// it at first, when what came before has been shown.
func (r *repeated) due() time.Duration { return time.Duration((r.sent + 1) * int64(r.span) / r.n) }

func (l *slate) tracks() (tracks []repeated) {
	if l.picture != nil {
		tracks = append(tracks, repeated{kind: media.Video, body: l.picture, span: pictureEvery, n: 1})
	}
	if s := l.sound; s.Body != nil {
		tracks = append(tracks, repeated{kind: media.Audio, body: s.Body, span: time.Duration(s.Samples) * time.Second, n: int64(s.Rate)})
	}
	return tracks
}
