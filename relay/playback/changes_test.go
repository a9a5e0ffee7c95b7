package playback_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestChangesUnderWay plays streams that change, reads all of HLS by its rules,
// and compares the feed's headers and HLS's discontinuities with what is due.
func TestChangesUnderWay(t *testing.T) {
	at := func(ms uint32, do func(flv.Tag) []flv.Tag) relaytest.Source {
		done := false
		return &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
			if done || tag.Time < ms || !isKeyframe(tag) {
				return []flv.Tag{tag}
			}
			done = true
			return do(tag)
		}}
	}
	without := func(kind media.Kind, from, to uint32) relaytest.Source {
		return &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
			if tag.Kind == kind && tag.Time >= from && tag.Time < to {
				return nil
			}
			return []flv.Tag{tag}
		}}
	}
	tests := map[string]struct {
		source          relaytest.Source
		headers, breaks int
		hole            time.Duration // in the pictures, at most
	}{
		"the same headers again": {repeatHeaders(lively.Source()), 1, 0, 0},
		"another video header":   {at(6000, otherHeader(media.Video)), 2, 1, 0},
		"another audio header":   {at(6000, otherHeader(media.Audio)), 2, 1, 0},
		"both": {at(6000, func(tag flv.Tag) []flv.Tag {
			return append(otherHeader(media.Audio)(tag)[:1], otherHeader(media.Video)(tag)...)
		}), 2, 1, 0},
		"a picture that lasts":   {without(media.Video, 5000, 6000), 1, 0, 0},
		"no sound for a while":   {without(media.Audio, 3000, 9000), 3, 2, 0},
		"no picture for a while": {without(media.Video, 3000, 9900), 3, 2, 7 * time.Second},
		"nothing for a while":    {silent(5000, 9990), 1, 1, 6 * time.Second},
		"sound comes late":       {soundFrom(6000), 2, 1, 0},
		"sound without a header": {soundAlways(6000), 2, 1, 0},
		"timestamps that repeat": {&edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag { tag.Time -= tag.Time % 50; return []flv.Tag{tag} }}, 1, 0, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record(t, test.source, 14*time.Second, func(t *testing.T, _ []flv.Tag, got []byte, f *follower) {
				samples, headers := unwrap(t, got)
				if len(headers) != test.headers || f.breaks != test.breaks {
					t.Errorf("%d headers and %d discontinuities, want %d and %d", len(headers), f.breaks, test.headers, test.breaks)
				}
				video := checkContinuous(t, samples, media.Video, test.hole)
				checkContinuous(t, samples, media.Audio, 7*time.Second)
				for i, s := range video {
					if i > 0 && s.header != video[i-1].header && !s.key {
						t.Errorf("%v is the first after a header, and no keyframe", s)
					}
				}
				if last := samples[len(samples)-1].dts; last < 13900*time.Millisecond {
					t.Errorf("the last that came is at %v", last)
				}
			})
		})
	}
}

// TestDiscontinuityLeavesThePlaylist follows a session until the segment is gone
// that a discontinuity was before: see playlist.checkAfter.
func TestDiscontinuityLeavesThePlaylist(t *testing.T) {
	done := false
	source := &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
		if done || tag.Time < 4000 || !isKeyframe(tag) {
			return []flv.Tag{tag}
		}
		done = true
		return otherHeader(media.Video)(tag)
	}}
	record(t, source, 36*time.Second, func(t *testing.T, _ []flv.Tag, _ []byte, f *follower) {
		if f.breaks != 1 || f.last.discontinuities != 1 || f.last.segments[0].initial != "init-1.mp4" {
			t.Errorf("%d discontinuities, sequence %d, from %s on", f.breaks, f.last.discontinuities, f.last.segments[0].initial)
		}
	})
}

// otherHeader puts another header before a tag: another level, other channels.
func otherHeader(kind media.Kind) func(flv.Tag) []flv.Tag {
	return func(tag flv.Tag) []flv.Tag {
		for s := lively.Source(); ; {
			h, err := s.Next()
			if err != nil {
				panic(err)
			}
			if !isHeader(h, kind) {
				continue
			}
			h.Time, h.Body = tag.Time, bytes.Clone(h.Body)
			if kind == media.Video {
				h.Body[8]++
			} else {
				h.Body[3] = 0x88
			}
			return []flv.Tag{h, tag}
		}
	}
}

// silent leaves out everything between two times.
func silent(from, to uint32) relaytest.Source {
	return &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
		if tag.Time >= from && tag.Time < to {
			return nil
		}
		return []flv.Tag{tag}
	}}
}

// soundAlways has no header of audio before a time.
func soundAlways(ms uint32) relaytest.Source {
	var head *flv.Tag
	return &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
		switch {
		case isHeader(tag, media.Audio):
			head = &tag
			return nil
		case tag.Time >= ms && head != nil:
			h := *head
			h.Time, head = tag.Time, nil
			return []flv.Tag{h, tag}
		}
		return []flv.Tag{tag}
	}}
}

// soundFrom has no audio, and no header of it, before a time.
func soundFrom(ms uint32) relaytest.Source {
	var head *flv.Tag
	return &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
		switch {
		case isHeader(tag, media.Audio):
			head = &tag
			return nil
		case tag.Kind == media.Audio && tag.Time < ms:
			return nil
		case tag.Kind == media.Audio && head != nil:
			h := *head
			h.Time, head = tag.Time, nil
			return []flv.Tag{h, tag}
		}
		return []flv.Tag{tag}
	}}
}

// TestHoldIsSeamless has an encoder drop, a slate as the relay makes it, and the
// encoder back at timestamps near zero with the same headers (T12's way through
// a whole relay is in package relay).
func TestHoldIsSeamless(t *testing.T) {
	for name, sound := range map[string]bool{"with silence": true, "without sound": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := raise(t)
				defer g.stop()
				source := lively
				source.NoAudio = !sound
				g.encoders.Go(func() {
					_ = run(g.out, &until{source.Source(), 4700 * time.Millisecond})
					b := g.stream.Current()
					filler := g.stream.Filler()
					filler.TakeOver(b)
					_ = run(filler, &slate{picture: b.Keyframe(), sound: sound, length: 5 * time.Second})
					g.takeOver()
					_ = run(g.out, &until{source.Source(), 4700 * time.Millisecond})
					g.stream.End()
				})
				time.Sleep(2500 * time.Millisecond)
				v := g.view()
				f := follow(g)
				f.all()
				<-v.done
				samples, headers := unwrap(t, v.bytes())
				if len(headers) != 1 || f.breaks != 0 {
					t.Errorf("%d headers and %d discontinuities, want 1 and none", len(headers), f.breaks)
				}
				video := checkContinuous(t, samples, media.Video, 0)
				if sound {
					checkContinuous(t, samples, media.Audio, 60*time.Millisecond)
				}
				if last := video[len(video)-1].dts; last < 13*time.Second {
					t.Errorf("the last picture is at %v", last)
				}
			})
		})
	}
}

// slate is the relay's: the picture each second, silence of 1024 samples at
// 48 kHz.
type slate struct {
	picture          []byte
	sound            bool
	length           time.Duration
	pictures, sounds int64
}

func (s *slate) Next() (flv.Tag, error) {
	video := time.Duration(s.pictures+1) * time.Second
	audio := time.Duration((s.sounds + 1) * 1024 * int64(time.Second) / 48000)
	tag := flv.Tag{Kind: media.Video, Time: uint32(video.Milliseconds()), Body: s.picture}
	if s.sound && audio < video {
		tag = flv.Tag{Kind: media.Audio, Time: uint32(audio.Milliseconds()), Body: []byte{0xAF, 1, 0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c}}
		s.sounds++
	} else {
		s.pictures++
	}
	if min(video, audio) > s.length || !s.sound && video > s.length {
		return tag, io.EOF
	}
	return tag, nil
}
