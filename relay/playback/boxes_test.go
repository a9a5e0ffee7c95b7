package playback_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

// sample is a frame as a player finds it. Times are of the track.
type sample struct {
	kind        media.Kind
	dts, length time.Duration
	composition time.Duration
	key         bool
	payload     []byte
	header      int // that it comes after, counted from 1
}

// unwrap reads what a viewer got: ftyp, moov, then moof and mdat again and again.
func unwrap(t testing.TB, data []byte) (samples []sample, headers []fmp4.Init) {
	t.Helper()
	for _, piece := range pieces(t, data) {
		if string(piece[4:8]) == "ftyp" {
			var h fmp4.Init
			must(t, h.Unmarshal(bytes.NewReader(piece)))
			headers = append(headers, h)
			continue
		}
		var parts fmp4.Parts
		must(t, parts.Unmarshal(piece))
		for _, track := range parts[0].Tracks {
			samples = append(samples, unwrapTrack(t, headers[len(headers)-1], track, len(headers))...)
		}
	}
	return samples, headers
}

func unwrapTrack(t testing.TB, h fmp4.Init, track *fmp4.PartTrack, header int) (out []sample) {
	t.Helper()
	for _, known := range h.Tracks {
		if known.ID != track.ID {
			continue
		}
		kind := media.Audio
		if known.Codec.IsVideo() {
			kind = media.Video
		}
		at := int64(track.BaseTime)
		scale := func(ticks int64) time.Duration {
			return time.Duration(float64(ticks) / float64(known.TimeScale) * float64(time.Second)).Round(time.Microsecond)
		}
		for _, s := range track.Samples {
			out = append(out, sample{kind, scale(at), scale(int64(s.Duration)), scale(int64(s.PTSOffset)), !s.IsNonSyncSample, s.Payload, header})
			at += int64(s.Duration)
		}
		return out
	}
	t.Fatalf("track %d is not in the header", track.ID)
	return nil
}

// pieces cuts data into headers (ftyp, moov) and fragments (moof, mdat).
func pieces(t testing.TB, data []byte) (out [][]byte) {
	t.Helper()
	for len(data) > 0 {
		n := 0
		for range 2 {
			if len(data) < n+8 || int(binary.BigEndian.Uint32(data[n:])) > len(data)-n {
				return out // the rest has not come
			}
			n += int(binary.BigEndian.Uint32(data[n:]))
		}
		if kinds := string(data[4:8]); kinds != "ftyp" && kinds != "moof" {
			t.Fatalf("a piece begins with %q", kinds)
		}
		out = append(out, data[:n])
		data = data[n:]
	}
	return out
}

// checkContinuous wants a track whose samples follow one another, and decoding
// to begin with a keyframe.
func checkContinuous(t testing.TB, samples []sample, kind media.Kind, tolerance time.Duration) []sample {
	t.Helper()
	var track []sample
	for _, s := range samples {
		if s.kind != kind {
			continue
		}
		if n := len(track); n > 0 {
			if off := s.dts - track[n-1].dts - track[n-1].length; off.Abs() > tolerance {
				t.Errorf("%v %d begins %v off the end of the one before, at %v", kind, n, off, s.dts)
			}
			if s.dts <= track[n-1].dts {
				t.Errorf("%v %d goes back from %v to %v", kind, n, track[n-1].dts, s.dts)
			}
		} else if !s.key {
			t.Errorf("the first %v is no keyframe", kind)
		}
		track = append(track, s)
	}
	return track
}

// checkSame wants every frame that was sent from the first sample on, with its
// bytes and times.
func checkSame(t testing.TB, track []sample, sent []flv.Tag, from uint32) {
	t.Helper()
	n := 0
	for _, tag := range sent {
		payload, composition := frameOf(tag)
		if payload == nil || tag.Kind != track[0].kind || tag.Time < from {
			continue
		}
		if n == len(track) {
			return // the rest was on its way
		}
		s := track[n]
		n++
		at := time.Duration(tag.Time) * time.Millisecond
		if !bytes.Equal(s.payload, payload) || s.composition != composition || (s.dts-at).Abs() > time.Millisecond ||
			tag.Kind == media.Video && s.dts != at {
			t.Fatalf("%v %d: at %v with composition %v and %d bytes, was sent at %v, %v, %d bytes",
				tag.Kind, n, s.dts, s.composition, len(s.payload), at, composition, len(payload))
		}
	}
	if n < len(track) {
		t.Errorf("%d frames more than were sent", len(track)-n)
	}
}

// frameOf is the coded frame in a tag; nil when there is none.
func frameOf(tag flv.Tag) (payload []byte, composition time.Duration) {
	inspect := media.InspectVideo
	if tag.Kind == media.Audio {
		inspect = media.InspectAudio
	}
	m, err := inspect(tag.Body)
	if err != nil || m.Header || len(m.Payload) == 0 || tag.Kind == media.Data {
		return nil, 0
	}
	return m.Payload, m.CompositionTime
}

func (s sample) String() string { return fmt.Sprintf("%v at %v for %v", s.kind, s.dts, s.length) }
