package inject_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

// through sends a video header and a keyframe to a destination that is told that
// a runs, and returns the keyframe's body.
func through(t testing.TB, m *inject.Metrics, json string, header, frame []byte) []byte {
	t.Helper()
	var track inject.Track
	c := inject.Cue{Name: "offer.start", JSON: []byte(json)}
	add(t, &track, c, c)
	source := &tape{packets: []media.Packet{
		{Kind: media.Video, Header: true, Time: 1, Body: header},
		{Kind: media.Video, Keyframe: true, Time: 1, Body: frame},
	}}
	got := read(t, inject.Injector{Track: &track, Formats: inject.Formats{SEI: true}, Stream: "main", Destination: "d", Metrics: m}.Open(source), 64)
	if len(got) != 2 || !bytes.Equal(got[0].Body, header) {
		t.Fatalf("%d packets came, or another header", len(got))
	}
	return got[1].Body
}

var (
	hevcAUD   = []byte{35 << 1, 1, 0x50}
	hevcSPS   = []byte{33 << 1, 1, 1, 2, 3}
	hevcOther = []byte{39 << 1, 1, 1, 1, 0xaa, 0x80}
	hevcIDR   = []byte{19 << 1, 1, 1, 2, 3}
	hevcTSA   = []byte{2 << 1, 3, 1, 2, 3} // of temporal layer 2
	hevcLast  = []byte{40 << 1, 1, 1, 1, 0xaa, 0x80}
)

func avcConfig(size int) []byte {
	return []byte{1, 0x64, 0, 0x28, 0xfc | byte(size-1), 0xe1, 0, 0}
}

func hevcConfig(size int) []byte {
	return slices.Concat([]byte{1}, make([]byte, 20), []byte{0xf0 | byte(size-1), 0})
}

func TestSEIStandsBeforeTheFirstSlice(t *testing.T) {
	const json = `{"v":1,"type":"offer.start","title":"Größe"}`
	avc := func(size int, first string) func(...[]byte) (header, frame []byte) {
		return func(u ...[]byte) (header, frame []byte) {
			if first == "" {
				return append([]byte{0x17, 0, 0, 0, 0}, avcConfig(size)...), append([]byte{0x17, 1, 0, 0, 40}, units(size, u...)...)
			}
			return append([]byte("\x90avc1"), avcConfig(size)...), append([]byte(first), units(size, u...)...)
		}
	}
	hevc := func(size int, first string) func(...[]byte) (header, frame []byte) {
		return func(u ...[]byte) (header, frame []byte) {
			if first == "" {
				return append([]byte{0x1c, 0, 0, 0, 0}, hevcConfig(size)...), append([]byte{0x1c, 1, 0, 0, 40}, units(size, u...)...)
			}
			return append([]byte("\x90hvc1"), hevcConfig(size)...), append([]byte(first), units(size, u...)...)
		}
	}
	for name, tt := range map[string]struct {
		make          func(...[]byte) (header, frame []byte)
		size          int
		before, after [][]byte
		start         string // of the unit that is put in
	}{
		"H.264":                         {avc(4, ""), 4, [][]byte{avcAUD, avcOther}, [][]byte{avcIDR, avcIDR}, "\x06\x05"},
		"H.264, lengths of 2":           {avc(2, ""), 2, [][]byte{avcAUD}, [][]byte{avcIDR}, "\x06\x05"},
		"H.264, lengths of 1":           {avc(1, ""), 1, [][]byte{{7, 1}, {8, 1}}, [][]byte{avcIDR}, "\x06\x05"},
		"H.264, nothing before":         {avc(4, ""), 4, nil, [][]byte{avcInter, avcOther}, "\x06\x05"},
		"H.264, with a prefix unit":     {avc(4, ""), 4, [][]byte{avcAUD}, [][]byte{{0x6e, 0x40, 0x80, 7}, avcIDR}, "\x06\x05"},
		"H.264, empty unit":             {avc(4, ""), 4, [][]byte{{}}, [][]byte{avcIDR}, "\x06\x05"},
		"H.264, enhanced":               {avc(4, "\x91avc1\x00\x00\x28"), 4, [][]byte{avcAUD}, [][]byte{avcIDR}, "\x06\x05"},
		"H.264, enhanced without time":  {avc(4, "\x93avc1"), 4, [][]byte{avcAUD}, [][]byte{avcIDR}, "\x06\x05"},
		"H.264, enhanced with ModEx":    {avc(4, "\x97\x02\x0c\x35\x00\x03avc1"), 4, [][]byte{avcAUD}, [][]byte{avcIDR}, "\x06\x05"},
		"HEVC":                          {hevc(4, "\x91hvc1\x00\x00\x28"), 4, [][]byte{hevcAUD, hevcSPS, hevcOther}, [][]byte{hevcIDR, hevcIDR, hevcLast}, "\x4e\x01\x05"},
		"HEVC without time":             {hevc(4, "\x93hvc1"), 4, [][]byte{hevcAUD}, [][]byte{hevcIDR}, "\x4e\x01\x05"},
		"HEVC, lengths of 2":            {hevc(2, "\x91hvc1\x00\x00\x28"), 2, nil, [][]byte{hevcIDR}, "\x4e\x01\x05"},
		"HEVC, of a temporal layer":     {hevc(4, "\x91hvc1\x00\x00\x28"), 4, nil, [][]byte{hevcTSA}, "\x4e\x03\x05"},
		"HEVC as codec 12":              {hevc(4, ""), 4, [][]byte{hevcAUD}, [][]byte{hevcIDR}, "\x4e\x01\x05"},
		"HEVC, enhanced, with negative": {hevc(4, "\xa1hvc1\xff\xff\xdf"), 4, nil, [][]byte{hevcIDR}, "\x4e\x01\x05"},
	} {
		t.Run(name, func(t *testing.T) {
			header, frame := tt.make(slices.Concat(tt.before, tt.after)...)
			kept := bytes.Clone(frame)
			got := through(t, nil, json, header, frame)
			before := len(frame) - len(units(tt.size, tt.after...))
			added := len(got) - len(frame)
			if added <= 0 || !bytes.Equal(got[:before], frame[:before]) || !bytes.Equal(got[before+added:], frame[before:]) {
				t.Fatalf("got  %x\nfrom %x", got, frame)
			}
			if !bytes.HasPrefix(got[before+tt.size:], []byte(tt.start)) {
				t.Errorf("the unit is %x", got[before+tt.size:before+added])
			}
			texts, rest := userData(got[before:], tt.size, strings.HasPrefix(name, "HEVC"))
			if !slices.Equal(texts, []string{json}) || !bytes.Equal(rest, frame[before:]) {
				t.Errorf("a decoder finds %q", texts)
			}
			if !bytes.Equal(frame, kept) {
				t.Error("the shared body was changed")
			}
		})
	}
}

// The bytes between could be taken for a start code, but for prevention.
func TestSEIEscapes(t *testing.T) {
	for _, json := range []string{"\x00\x00\x00\x00\x00", "a\x00\x00\x01b\x00\x00\x02\x00\x00\x03", "\x00\x00\x04", "\x00", "x\x00\x00"} {
		header, frame := append([]byte{0x17, 0, 0, 0, 0}, avcConfig(4)...), append([]byte{0x17, 1, 0, 0, 0}, units(4, avcIDR)...)
		got := through(t, nil, json, header, frame)
		unit := got[9 : len(got)-len(units(4, avcIDR))]
		for _, bad := range []string{"\x00\x00\x00", "\x00\x00\x01", "\x00\x00\x02"} {
			if bytes.Contains(unit, []byte(bad)) {
				t.Errorf("%q: %x is in %x", json, bad, unit)
			}
		}
		if texts, _ := userData(got[5:], 4, false); !slices.Equal(texts, []string{json}) {
			t.Errorf("%q is read as %q", json, texts)
		}
	}
}

func TestSEISizes(t *testing.T) {
	for _, n := range []int{0, 1, 238, 239, 240, 493, 494, 495, inject.MaxJSON} {
		json := strings.Repeat("x", n)
		header, frame := append([]byte{0x17, 0, 0, 0, 0}, avcConfig(2)...), append([]byte{0x17, 1, 0, 0, 0}, units(2, avcIDR)...)
		texts, _ := userData(through(t, nil, json, header, frame)[5:], 2, false)
		if n == 0 && len(texts) > 0 || n > 0 && !slices.Equal(texts, []string{json}) {
			t.Errorf("%d bytes are read as %q", n, texts)
		}
	}
}

// What has no place for SEI passes as it is.
func TestSEIHasNoPlace(t *testing.T) {
	avcHeader, hevcHeader := append([]byte{0x17, 0, 0, 0, 0}, avcConfig(4)...), append([]byte("\x90hvc1"), hevcConfig(4)...)
	join := func(first string, u ...[]byte) []byte { return append([]byte(first), units(4, u...)...) }
	long := join("\x17\x01\x00\x00\x00", avcIDR)
	for name, tt := range map[string]struct {
		header, frame []byte
		json          string
		missed        int
	}{
		"AV1":                        {[]byte("\x90av01\x81\x00"), []byte("\x91av01\x12\x00"), "{}", 1},
		"VP9":                        {[]byte("\x90vp09\x81\x00"), []byte("\x91vp09\x12\x00"), "{}", 1},
		"H.263":                      {nil, []byte{0x12, 0, 0}, "{}", 1},
		"multitrack":                 {avcHeader, join("\x96\x03avc1\x00", avcIDR), "{}", 1},
		"another track":              {avcHeader, join("\x96\x03avc1\x01", avcIDR), "{}", 0},
		"empty":                      {avcHeader, []byte{}, "{}", 0},
		"cut short":                  {avcHeader, []byte{0x17, 1, 0}, "{}", 0},
		"command":                    {avcHeader, []byte{0x57, 0}, "{}", 0},
		"metadata":                   {hevcHeader, join("\x94hvc1", hevcIDR), "{}", 0},
		"end":                        {avcHeader, []byte{0x17, 2, 0, 0, 0}, "{}", 0},
		"unknown codec":              {avcHeader, []byte{0x19, 1, 0, 0, 0}, "{}", 0},
		"no header before":           {[]byte{0x17, 0, 0, 0, 0}, long, "{}", 0},
		"header cut short":           {[]byte{0x17, 0, 0, 0, 0, 1, 2, 3, 4}, long, "{}", 0},
		"header of another codec":    {hevcHeader, long, "{}", 0},
		"length beyond the end":      {avcHeader, append(long[:len(long):len(long)], 0, 0, 0, 1), "{}", 0},
		"length cut short":           {avcHeader, append(long[:len(long):len(long)], 0, 0), "{}", 0},
		"largest length":             {avcHeader, append([]byte{0x17, 1, 0, 0, 0}, 0xff, 0xff, 0xff, 0xff, 0x65), "{}", 0},
		"no slice":                   {avcHeader, join("\x17\x01\x00\x00\x00", avcAUD, avcOther), "{}", 0},
		"forbidden bit":              {avcHeader, join("\x17\x01\x00\x00\x00", []byte{0xe5, 1}), "{}", 0},
		"start codes":                {avcHeader, []byte{0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65, 1, 2, 3}, "{}", 0},
		"HEVC, no temporal id":       {hevcHeader, join("\x93hvc1", []byte{19 << 1, 0, 1}), "{}", 0},
		"HEVC, no slice":             {hevcHeader, join("\x93hvc1", hevcAUD, hevcSPS, hevcLast), "{}", 0},
		"longer than a length's max": {append([]byte{0x17, 0, 0, 0, 0}, avcConfig(1)...), append([]byte{0x17, 1, 0, 0, 0}, units(1, avcIDR)...), strings.Repeat("x", 238), 1},
	} {
		t.Run(name, func(t *testing.T) {
			reg := prometheus.NewRegistry()
			m := inject.NewMetrics(reg)
			if got := through(t, m, tt.json, tt.header, tt.frame); !bytes.Equal(got, tt.frame) {
				t.Errorf("got %x, want %x", got, tt.frame)
			}
			want := fmt.Sprintf(`
				# HELP hawker_cues_missed_total Cues not put in: the codec has no place for them, or the destination was minutes behind.
				# TYPE hawker_cues_missed_total counter
				hawker_cues_missed_total{destination="d",format="sei",stream="main"} %d
			`, tt.missed)
			if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "hawker_cues_missed_total"); err != nil {
				t.Error(err)
			}
		})
	}
}

// A frame that cannot be read is passed over, and the next one carries all.
func TestSEIWaitsForAFrameThatCanBeRead(t *testing.T) {
	var track inject.Track
	a := cue("a", 0)
	add(t, &track, a, a)
	add(t, &track, cue("b", 50*ms), a)
	sent := show(40*ms, 400*ms)
	for i := range sent {
		if p := &sent[i]; p.Kind == media.Video && !p.Header && p.Time < 160*ms {
			p.Body = p.Body[:len(p.Body)-1]
		}
	}
	got := read(t, opened(&track, both, sent), 64)
	for i, x := range got {
		if x.Kind == media.Video && !x.Header && x.Time < 160*ms {
			got[i].Kind = 0 // it is not to be read
		}
	}
	expect(t, tell(t, got), "sei", "b@160 a!@160")
	expect(t, tell(t, got), "point", "a!@40 b@80")
}

// of is a header of another track of a multitrack stream.
func of(track byte, config []byte) media.Packet {
	return media.Packet{Kind: media.Video, Header: true, Body: slices.Concat([]byte("\x96\x00avc1"), []byte{track}, config)}
}

// The first track's header in force counts.
func TestSEIFollowsTheHeader(t *testing.T) {
	var track inject.Track
	add(t, &track, cue("a", 10*ms))
	add(t, &track, cue("b", 130*ms))
	one := media.Packet{Kind: media.Video, Keyframe: true, Time: 120 * ms, Body: append([]byte{0x17, 1, 0, 0, 0}, units(1, avcIDR)...)}
	two := one
	two.Time = 160 * ms
	sent := []media.Packet{avcHeader(4), picture(0, true), picture(40*ms, false), avcHeader(1), one, of(1, avcConfig(4)), two}
	got := read(t, opened(&track, inject.Formats{SEI: true}, sent), 64)
	got = slices.Delete(got, 5, 6) // which the receiver here does not know
	expect(t, tell(t, got), "sei", "a@40 b@160")
}

// A frame that gets nothing is not copied.
func TestSEIWithNothingToSayCopiesNothing(t *testing.T) {
	for name, c := range map[string]inject.Cue{
		"a change without text": {Name: "update", At: 50 * ms},
		"a text too long":       {Name: "offer.start", At: 50 * ms, JSON: bytes.Repeat([]byte("x"), 300)},
	} {
		t.Run(name, func(t *testing.T) {
			var track inject.Track
			add(t, &track, c)
			frame := append([]byte{0x27, 1, 0, 0, 0}, units(1, avcInter)...)
			key := append([]byte{0x17, 1, 0, 0, 0}, units(1, avcIDR)...)
			got := read(t, opened(&track, inject.Formats{SEI: true}, []media.Packet{
				avcHeader(1), {Kind: media.Video, Keyframe: true, Time: 40 * ms, Body: key}, {Kind: media.Video, Time: 80 * ms, Body: frame},
			}), 64)
			if len(got) != 3 || &got[2].Body[0] != &frame[0] {
				t.Error("the frame is another one")
			}
		})
	}
}

// Where no frame can be read, cues are missed, and it is known in time.
func TestSEIDoesNotWaitForEver(t *testing.T) {
	var track inject.Track
	a := cue("a", 0)
	add(t, &track, a, a)
	add(t, &track, cue("b", 50*ms), a)
	reg := prometheus.NewRegistry()
	source := &tape{packets: show(40*ms, 15*time.Second)}
	for i := range source.packets {
		if p := &source.packets[i]; p.Kind == media.Video && !p.Header {
			p.Body = p.Body[:len(p.Body)-1]
		}
	}
	read(t, inject.Injector{Track: &track, Formats: inject.Formats{SEI: true}, Stream: "main", Destination: "d", Metrics: inject.NewMetrics(reg)}.Open(source), 64)
	if err := testutil.GatherAndCompare(reg, strings.NewReader(`
		# HELP hawker_cues_missed_total Cues not put in: the codec has no place for them, or the destination was minutes behind.
		# TYPE hawker_cues_missed_total counter
		hawker_cues_missed_total{destination="d",format="sei",stream="main"} 2
	`), "hawker_cues_missed_total"); err != nil {
		t.Error(err)
	}
}
