package inject_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

// FuzzFrame sends any bytes as header and frame. What comes out is the frame, and
// if something is in it, it stands in one place and is a unit with the cue.
func FuzzFrame(f *testing.F) {
	avcHead, hevcHead := append([]byte{0x17, 0, 0, 0, 0}, avcConfig(4)...), append([]byte("\x90hvc1"), hevcConfig(4)...)
	shortHead := append([]byte{0x17, 0, 0, 0, 0}, avcConfig(1)...)
	f.Add(avcHead, append([]byte{0x17, 1, 0, 0, 40}, units(4, avcAUD, avcOther, avcIDR, avcIDR)...), "{}")
	f.Add(avcHead, append([]byte("\x97\x02\x0c\x35\x00\x03avc1"), units(4, avcIDR)...), "\x00\x00\x01")
	f.Add(shortHead, append([]byte{0x27, 1, 0, 0, 40}, units(1, avcInter)...), "{}")
	f.Add(hevcHead, append([]byte("\x91hvc1\x00\x00\x28"), units(4, hevcAUD, hevcSPS, hevcOther, hevcTSA)...), "{}")
	f.Add(hevcHead, append([]byte("\x96\x03hvc1\x00"), units(4, hevcIDR)...), "{}")
	f.Add(avcHead, []byte{0x17, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x65}, "{}")
	f.Add([]byte("\x90av01\x81\x00"), []byte("\x91av01\x12\x00"), "{}")
	f.Fuzz(func(t *testing.T, header, frame []byte, json string) {
		var track inject.Track
		c := inject.Cue{Name: "x", JSON: []byte(json)}
		if track.Add(c, []inject.Cue{c}) != nil {
			return
		}
		kept := bytes.Clone(frame)
		source := &tape{packets: []media.Packet{{Kind: media.Video, Header: true, Body: header}, {Kind: media.Video, Keyframe: true, Time: 1, Body: frame}}}
		got := read(t, inject.Injector{Track: &track, Formats: inject.Formats{SEI: true}}.Open(source), 64)[1].Body
		if !bytes.Equal(frame, kept) {
			t.Fatal("the shared body was changed")
		}
		if bytes.Equal(got, frame) {
			return
		}
		tag, err := media.InspectVideo(frame)
		head, herr := media.InspectVideo(header)
		if err != nil || herr != nil || !tag.Frame || tag.Track != 0 || head.Codec != tag.Codec {
			t.Fatalf("put into %x, after the header %x", frame, header)
		}
		place := map[media.Codec]int{media.H264: 4, media.HEVC: 21}[tag.Codec]
		size := int(head.Payload[place]&3) + 1
		start := len(frame) - len(tag.Payload)
		texts, rest := userData(got[start:], size, tag.Codec == media.HEVC)
		if !bytes.Equal(got[:start], frame[:start]) || !slices.Contains(texts, json) {
			t.Fatalf("%x became %x: told %q", frame, got, texts)
		}
		own, ownRest := userData(frame[start:], size, tag.Codec == media.HEVC)
		if !bytes.Equal(rest, ownRest) || len(texts) != len(own)+1 {
			t.Fatalf("%x became %x", frame, got)
		}
	})
}
