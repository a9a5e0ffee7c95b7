package playback_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
)

func FuzzDirectives(f *testing.F) {
	for _, s := range []string{"", "_HLS_msn=1&_HLS_part=2&_HLS_skip=YES", "_HLS_msn=-1", "_HLS_skip=v2&token=%41", "_HLS_part=1", "_HLS_msn=1;x", "%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if err := playback.ParseDirectives(query); err == nil && strings.HasPrefix(query, "_HLS_msn=-") {
			t.Errorf("%q was taken", query)
		}
	})
}

func FuzzFile(f *testing.F) {
	for _, s := range []string{"init-0.mp4", "seg-1.m4s", "part-12.m4s", "part-01.m4s", "seg--1.m4s", "x", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if kind, number, known := playback.ParseFile(name); known && !strings.HasPrefix(name, kind+"-") {
			t.Errorf("%q is %s %d", name, kind, number)
		}
	})
}

// FuzzHeaders reads codec headers.
func FuzzHeaders(f *testing.F) {
	for _, fourCC := range []string{"", "avc1", "hvc1", "av01"} {
		for s := (relaytest.Synthetic{FourCC: fourCC, Duration: time.Millisecond}).Source(); ; {
			tag, err := s.Next()
			if err != nil {
				break
			}
			f.Add(tag.Kind == media.Video, tag.Body)
		}
	}
	f.Add(false, []byte("\x90OpusOpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, video bool, body []byte) {
		packets := []media.Packet{{Kind: media.Audio, Body: body}}
		if video {
			packets[0].Kind = media.Video
			packets = append(packets, media.Packet{Kind: media.Video, Keyframe: true, Body: append(keyframeHead(body), 0, 0, 0, 1, 0x65)})
		} else {
			packets = append(packets, media.Packet{Kind: media.Audio, Body: append(soundHead(body), 0xfc, 1, 2)})
		}
		_, _, err := playback.Pack(packets)
		if err != nil && !errors.Is(err, playback.ErrUnsupported) {
			t.Fatalf("the error %v is not said to be of the stream", err)
		}
	})
}

// keyframeHead is how a keyframe begins whose header is this.
func keyframeHead(header []byte) []byte {
	switch {
	case len(header) >= 5 && header[0]&0x80 != 0:
		return append([]byte{0x93}, header[1:5]...)
	case len(header) > 0:
		return []byte{header[0], 1, 0, 0, 0}
	}
	return nil
}

func soundHead(header []byte) []byte {
	switch {
	case len(header) >= 5 && header[0]>>4 == 9:
		return append([]byte{0x91}, header[1:5]...)
	case len(header) > 0:
		return []byte{header[0], 1}
	}
	return nil
}

// FuzzPackets packages any order of packets at any times.
func FuzzPackets(f *testing.F) {
	f.Add([]byte("\x00\x00\x02\x00\x04\x00\x05\x21\x06\x10\x05\x21\x06\x15\x04\x10"))
	f.Add([]byte("\x02\x00\x06\x15\x06\x15\x06\x15\x06\xff\x06\x15\x00\x00\x04\x00\x05\x20"))
	f.Add([]byte("\x00\x00\x02\x00\x04\x00\x05\xff\x04\xff\x06\x00\x06\xff\x06\xff\x06\xff\x06\xff\x01\x00\x04\x10\x03\x00\x04\x20\x05\x20"))
	bodies := oddBodies()
	f.Fuzz(func(t *testing.T, ops []byte) {
		var at time.Duration
		arrived := time.Unix(1_000_000, 0)
		var packets []media.Packet
		for len(ops) >= 2 && len(packets) < 400 {
			body := bodies[int(ops[0]&0x0f)%len(bodies)]
			at += time.Duration(int8(ops[1])) * time.Millisecond << (ops[0] >> 4 & 7)
			at = max(at, 0)
			ops = ops[2:]
			tag, _ := media.InspectVideo(body.Body)
			packets = append(packets, media.Packet{Kind: body.Kind, Time: at, Arrived: arrived.Add(at), Body: body.Body, Keyframe: body.Kind == media.Video && tag.Keyframe})
		}
		feed, text, err := playback.Pack(packets)
		if err != nil {
			return
		}
		checkPacked(t, feed, text)
	})
}

func checkPacked(t *testing.T, feed []byte, text string) {
	t.Helper()
	samples, _ := unwrap(t, feed)
	last := map[media.Kind]sample{}
	for _, s := range samples {
		before, some := last[s.kind]
		if some && s.header == before.header && s.dts <= before.dts {
			t.Fatalf("%v comes after %v", s, before)
		}
		if s.kind == media.Video && (!some || s.header != before.header) && !s.key {
			t.Fatalf("%v is the first, and no keyframe", s)
		}
		last[s.kind] = s
	}
	p, err := parsePlaylist(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, s := range p.segments {
		if s.length > p.target+0.499 {
			t.Fatalf("%s is %v s long in\n%s", s.uri, s.length, text)
		}
	}
}

// oddBodies are two headers of each kind, a keyframe, another frame, sound, and
// what is none.
func oddBodies() (out []flv.Tag) {
	var video, audio flv.Tag
	for s := lively.Source(); video.Body == nil || audio.Body == nil; {
		tag, err := s.Next()
		if err != nil {
			panic(err)
		}
		switch {
		case isHeader(tag, media.Video):
			video = tag
		case isHeader(tag, media.Audio):
			audio = tag
		}
	}
	return []flv.Tag{
		video, otherHeader(media.Video)(video)[0], audio, otherHeader(media.Audio)(audio)[0],
		{Kind: media.Video, Body: []byte{0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65}}, {Kind: media.Video, Body: []byte{0x27, 1, 0, 0, 40, 0, 0, 0, 1, 0x41}},
		{Kind: media.Audio, Body: []byte{0xAF, 1, 0x21, 0x10}}, {Kind: media.Video}, {Kind: media.Audio, Body: []byte{0xAF}}, {Kind: media.Data, Body: []byte{2}},
	}
}
