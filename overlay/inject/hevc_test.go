package inject_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

// TestRealHEVC has x265 encode, with B-frames and temporal layers, and ffmpeg
// decode what comes out: no encoder at hand sends HEVC by enhanced RTMP, so that
// the tags are made here.
func TestRealHEVC(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, injected := filepath.Join(dir, "source.hevc"), filepath.Join(dir, "injected.hevc")
	if !strings.Contains(ffmpeg(t, "-encoders"), "libx265") {
		t.Skip("this ffmpeg has no x265")
	}
	ffmpeg(t, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=5", "-c:v", "libx265", "-preset", "ultrafast",
		"-x265-params", "log-level=error:aud=1:repeat-headers=1:bframes=3:b-adapt=0:temporal-layers=1:keyint=50:slices=2", "-f", "hevc", source)
	b, err := os.ReadFile(source)
	must(t, err)

	var track inject.Track
	var want []string
	for i := range 100 {
		c := inject.Cue{Name: "offer.update", At: time.Duration(i) * 40 * ms, JSON: []byte(fmt.Sprintf(`{"n":%d,"title":"Größe"}`, i))}
		add(t, &track, c)
		want = append(want, string(c.JSON))
	}
	packets := hevcPackets(b)
	got := read(t, opened(&track, both, packets), 64)
	got = slices.DeleteFunc(got, func(p media.Packet) bool { return p.Kind == media.Data })
	var out []byte
	layers := map[byte]bool{}
	for _, p := range got[1:] {
		tag, err := media.InspectVideo(p.Body)
		must(t, err)
		for _, u := range split(tag.Payload) {
			if u[0]>>1 == 39 {
				layers[u[1]] = true
			}
			out = append(append(out, 0, 0, 0, 1), u...)
		}
	}
	must(t, os.WriteFile(injected, out, 0o600))
	shown := showinfo(ffmpeg(t, "-i", injected, "-vf", "showinfo", "-f", "null", "-"))
	slices.Sort(shown) // they are shown in another order than they are decoded in
	slices.Sort(want)
	if !slices.Equal(shown, want) {
		t.Errorf("ffmpeg shows %q\nwant %q", shown, want)
	}
	before, after := pictures(t, source), pictures(t, injected)
	if len(before) != 125 || !slices.Equal(before, after) {
		t.Errorf("%d pictures became %d, and they are not all the same", len(before), len(after))
	}
	if len(layers) < 2 {
		t.Errorf("all SEI is in temporal layers %v", layers)
	}
}

// hevcPackets makes tags of a stream of bytes (H.265 annex B) that has access unit
// delimiters, with and without composition time in turn.
func hevcPackets(stream []byte) []media.Packet {
	packets := []media.Packet{{Kind: media.Video, Header: true, Body: append([]byte("\x90hvc1"), hevcConfig(4)...)}}
	var access [][]byte
	flush := func() {
		if len(access) == 0 {
			return
		}
		at := len(packets) - 1
		key := slices.ContainsFunc(access, func(u []byte) bool { return u[0]>>1 >= 16 && u[0]>>1 <= 21 })
		head := []string{"\x21hvc1\x00\x00\x50", "\x23hvc1"}[at%2]
		body := append([]byte(head), units(4, access...)...)
		body[0] |= 0x80
		if key {
			body[0] -= 0x10
		}
		packets = append(packets, media.Packet{Kind: media.Video, Keyframe: key, Time: time.Duration(at) * 40 * ms, Body: body})
		access = nil
	}
	for _, u := range bytes.Split(bytes.ReplaceAll(stream, []byte{0, 0, 0, 1}, []byte{0, 0, 1}), []byte{0, 0, 1}) {
		if len(u) == 0 {
			continue
		}
		if u[0]>>1 == 35 {
			flush()
		}
		access = append(access, u)
	}
	flush()
	return packets
}

// split takes NAL units with lengths of four bytes apart.
func split(payload []byte) (all [][]byte) {
	for len(payload) > 0 {
		n := int(payload[0])<<24 | int(payload[1])<<16 | int(payload[2])<<8 | int(payload[3])
		all = append(all, payload[4:4+n])
		payload = payload[4+n:]
	}
	return all
}
