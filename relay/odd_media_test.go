package relay_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestOddMediaPasses sends what the protocol allows and few encoders do, through
// a whole relay, from the first message to the goodbye. See also
// TestEnhancedCodecsPass, TestOneTrackIsEnough and TestMinuteWithoutAKeyframe.
func TestOddMediaPasses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(flv.Tag) []flv.Tag{
		"metadata twice":                     twice(isMetadata),
		"new metadata in the middle":         before(isThird, changed(metadataOf, 20)),
		"video header twice":                 twice(isVideoHeader),
		"header at each keyframe":            before(isKeyframe, videoHeaderOf),
		"another picture size in the middle": before(isThird, changed(videoHeaderOf, 9)),
		"audio and video bodies of no bytes": empties,
		"negative composition times":         negative,
		"an unknown codec among the frames":  before(isThird, func() flv.Tag { return flv.Tag{Kind: media.Video, Body: []byte{0x2e, 1, 2, 3}} }),
		"end of sequence before a keyframe":  before(isThird, func() flv.Tag { return flv.Tag{Kind: media.Video, Body: []byte{0x17, 2, 0, 0, 0}} }),
		"data that means nothing to us":      before(isThird, func() flv.Tag { return flv.Tag{Kind: media.Data, Body: []byte("\x02\x00\x06onCuePoint\x05")} }),
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
			r := live(t, to("d", p))
			source := small
			source.Duration = 4 * time.Second
			e := r.encodeTo(relaytest.EncoderConfig{Source: &edited{source: source.Source(), edit: edit}}, p)
			must(t, e.Wait())
			s := session(t, p, 1)
			must(t, s.WaitEnd(within(t, 5*time.Second)))
			sameMessages(t, e.Sent(), s.Messages())
			if n := len(p.Connections()); n != 1 {
				t.Errorf("%d connections, want 1", n)
			}
		})
	}
}

// sameMessages is stricter than Compare: every message, data too, in order, with
// its bytes and its time since the first. Headers and metadata that have not
// changed need not be told again.
func sameMessages(t *testing.T, sent []relaytest.Sent, got []relaytest.Received) {
	t.Helper()
	told := map[uint64]bool{}
	for _, m := range sent {
		again := m.Header && told[m.Hash]
		told[m.Hash] = true
		if len(got) > 0 && got[0].Hash == m.Hash && got[0].Kind == m.Kind {
			if got[0].Time != m.Time {
				t.Errorf("got %v, sent as %v", got[0].Payload, m.Payload)
			}
			got = got[1:]
		} else if !again {
			t.Fatalf("sent %v, and got %d messages from there on", m.Payload, len(got))
		}
	}
	if len(got) > 0 {
		t.Errorf("%d messages that were not sent, the first is %v", len(got), got[0].Payload)
	}
}

// edited is a Source that changes another.
type edited struct {
	source relaytest.Source
	edit   func(flv.Tag) []flv.Tag
	ready  []flv.Tag
}

func (e *edited) Next() (flv.Tag, error) {
	for len(e.ready) == 0 {
		tag, err := e.source.Next()
		if err != nil {
			return flv.Tag{}, err
		}
		e.ready = e.edit(tag)
	}
	tag := e.ready[0]
	e.ready = e.ready[1:]
	return tag, nil
}

func isMetadata(t flv.Tag) bool { return t.Kind == media.Data }
func isVideoHeader(t flv.Tag) bool {
	return t.Kind == media.Video && bytes.HasPrefix(t.Body, []byte{0x17, 0})
}
func isKeyframe(t flv.Tag) bool {
	return t.Kind == media.Video && bytes.HasPrefix(t.Body, []byte{0x17, 1})
}
func isThird(t flv.Tag) bool { return isKeyframe(t) && t.Time == 2000 }

func twice(where func(flv.Tag) bool) func(flv.Tag) []flv.Tag {
	return func(t flv.Tag) []flv.Tag {
		if where(t) {
			return []flv.Tag{t, t}
		}
		return []flv.Tag{t}
	}
}

// before puts what is made in front of the tags that are meant, at their time.
func before(where func(flv.Tag) bool, made func() flv.Tag) func(flv.Tag) []flv.Tag {
	return func(t flv.Tag) []flv.Tag {
		if !where(t) {
			return []flv.Tag{t}
		}
		m := made()
		m.Time = t.Time
		return []flv.Tag{m, t}
	}
}

func metadataOf() flv.Tag { return opening(isMetadata) }

func videoHeaderOf() flv.Tag { return opening(isVideoHeader) }

// opening is the tag that small begins with and that is meant.
func opening(where func(flv.Tag) bool) flv.Tag {
	for s := small.Source(); ; {
		if t, err := s.Next(); err != nil || where(t) {
			return t
		}
	}
}

// changed makes a tag with another byte at i.
func changed(made func() flv.Tag, i int) func() flv.Tag {
	return func() flv.Tag {
		t := made()
		t.Body = bytes.Clone(t.Body)
		t.Body[i]++
		return t
	}
}

func empties(t flv.Tag) []flv.Tag {
	if !isThird(t) {
		return []flv.Tag{t}
	}
	return []flv.Tag{{Kind: media.Video, Time: t.Time}, {Kind: media.Audio, Time: t.Time}, t}
}

// negative makes each frame be shown 40 ms before it is decoded (a signed 24-bit
// field, FLV 10.1 section E.4.3.1).
func negative(t flv.Tag) []flv.Tag {
	if t.Kind == media.Video && !isVideoHeader(t) {
		copy(t.Body[2:5], []byte{0xFF, 0xFF, 0xD8})
	}
	return []flv.Tag{t}
}
