package relaytest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// stream makes payloads from letters: d metadata, v and a headers, K keyframe,
// p frame, s sound, each 10 ms after the one before it and unlike any other.
func stream(kinds string) (list []relaytest.Sent) {
	for i, k := range kinds {
		p := relaytest.Payload{Time: uint32(i) * 10, Hash: uint64(i) + 1000, Len: 100 + i}
		switch k {
		case 'd':
			p.Kind, p.Header, p.Name = media.Data, true, "@setDataFrame"
		case 'v':
			p.Kind, p.Header = media.Video, true
		case 'a':
			p.Kind, p.Header = media.Audio, true
		case 'K':
			p.Kind, p.Keyframe = media.Video, true
		case 'p':
			p.Kind = media.Video
		case 's':
			p.Kind = media.Audio
		}
		list = append(list, relaytest.Sent{Payload: p, At: time.Unix(0, int64(i))})
	}
	return list
}

// pick takes some of what was sent as received.
func pick(sent []relaytest.Sent, indices ...int) (list []relaytest.Received) {
	for _, i := range indices {
		r := relaytest.Received{Payload: relaytest.Payload{Kind: media.Video, Hash: 1, Len: 1}}
		if i >= 0 {
			r = relaytest.Received{Payload: sent[i].Payload, Arrived: sent[i].At.Add(time.Duration(i) * time.Millisecond)}
		}
		list = append(list, r)
	}
	return list
}

func TestCompare(t *testing.T) {
	//              0123456789012
	const normal = "dvaKspsvKspsK"
	for name, c := range map[string]struct {
		sent  string
		got   []int // -1 is something foreign
		want  string
		gaps  int
		grave bool // also where gaps are allowed
	}{
		"all":                        {normal, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, "", 0, false},
		"not all has come yet":       {normal, []int{0, 1, 2, 3, 4, 5}, "", 0, false},
		"joined at a later keyframe": {normal, []int{0, 7, 2, 8, 9, 10}, "", 0, false},
		"sound before the keyframe":  {"dvasKps", []int{0, 1, 2, 3, 4, 5, 6}, "", 0, false},
		"audio only":                 {"dasss", []int{0, 1, 2, 3, 4}, "", 0, false},
		"data between":               {"dvaKdps", []int{1, 2, 3, 5, 6}, "", 0, false},
		"nothing":                    {normal, nil, "no keyframe in the 0 messages", 0, true},
		"no keyframe":                {normal, []int{0, 1, 2, 4}, "no keyframe in the 4 messages", 0, true},
		"begins in a GOP":            {normal, []int{0, 1, 2, 5, 6, 7, 8}, "got[3] is video", 0, true},
		"a frame is missing":         {normal, []int{0, 1, 2, 3, 4, 6}, "got[5] is audio (106 bytes at 60 ms, 00000000000003ee): messages are missing before it, from sent[5]", 0, true},
		"a header is missing":        {normal, []int{0, 1, 2, 3, 4, 5, 6, 8}, "1 messages are missing before it, the first is sent[7], video header", 1, false},
		"a GOP is missing":           {normal, []int{0, 1, 2, 3, 7, 2, 12}, "got[6] is keyframe", 1, false},
		"a frame is foreign":         {normal, []int{0, 1, 2, 3, -1}, "got[4] is video (1 bytes at 0 ms, 0000000000000001): it was never sent", 0, true},
		"the first frame is foreign": {normal, []int{0, 1, 2, -1}, "the first frame is no keyframe", 0, true},
		"a frame comes twice":        {normal, []int{0, 1, 2, 3, 4, 4}, "repeated or out of order, it was sent[4]", 0, true},
		"two frames change places":   {normal, []int{0, 1, 2, 3, 5, 4}, "messages are missing before it", 0, true},
		"a header comes twice":       {normal, []int{0, 1, 2, 3, 4, 1, 5}, "got[5] is video header", 0, true},
		"no video header":            {normal, []int{0, 2, 3, 4}, "no video header before the first frame", 0, true},
		"no audio header":            {normal, []int{0, 1, 3, 4}, "no audio header before the first frame", 0, true},
		"an old header":              {normal, []int{0, 1, 2, 8, 9}, "and not the one in force", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			sent := stream(c.sent)
			got := pick(sent, c.got...)
			err := relaytest.Compare(sent, got)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %q", err, c.want)
			}
			gaps, err := relaytest.Gaps(sent, got)
			if (err != nil) != c.grave || len(gaps) != c.gaps {
				t.Errorf("gaps %+v, %v", gaps, err)
			}
		})
	}
}

// TestCompareLoops finds the place where payloads repeat.
func TestCompareLoops(t *testing.T) {
	round := stream("Kpsps")
	sent := slices.Concat(stream("dva"), round, round, stream("Ksppp")[1:])
	got := pick(sent, 0, 1, 2, 8, 9, 10, 11, 12, 13, 14)
	must(t, relaytest.Compare(sent, got))
}

func TestCompareTimes(t *testing.T) {
	sent := stream("dvaKspsKsps")
	for i := range sent {
		sent[i].Time += 1<<32 - 50 // wraps on the way
	}
	got := pick(sent, 0, 1, 2, 3, 4, 5, 6, 7)
	for i := range got {
		got[i].Time -= 1<<32 - 50
	}
	must(t, relaytest.CompareTimes(sent, got, 0))
	got[5].Time += 3
	must(t, relaytest.CompareTimes(sent, got, 3*time.Millisecond))
	if err := relaytest.CompareTimes(sent, got, 2*time.Millisecond); err == nil || !strings.Contains(err.Error(), "its time is 3ms off") {
		t.Errorf("got %v", err)
	}
	got[5].Time -= 6
	if err := relaytest.CompareTimes(sent, got, 2*time.Millisecond); err == nil || !strings.Contains(err.Error(), "its time is -3ms off") {
		t.Errorf("got %v", err)
	}
}

func TestCheckClock(t *testing.T) {
	for name, c := range map[string]struct {
		kinds string
		times []uint32
		ok    bool
	}{
		"runs":                      {"vaKspsK", []uint32{0, 0, 0, 0, 33, 21, 66}, true},
		"wraps":                     {"Kpp", []uint32{1<<32 - 20, 13, 46}, true},
		"a track stands":            {"Kspps", []uint32{0, 0, 33, 33, 40}, false},
		"a track goes back":         {"Ksps", []uint32{0, 40, 33, 39}, false},
		"tracks apart":              {"Ksps", []uint32{0, 400, 33, 421}, true},
		"header with its keyframe":  {"KpvK", []uint32{0, 33, 66, 66}, true},
		"header with the frame ago": {"KpvK", []uint32{0, 33, 33, 66}, true},
		"header goes back":          {"KpvK", []uint32{0, 33, 32, 66}, false},
		"data does not count":       {"Kpdp", []uint32{0, 33, 0, 66}, true},
	} {
		t.Run(name, func(t *testing.T) {
			sent := stream(c.kinds)
			for i := range sent {
				sent[i].Time = c.times[i]
			}
			var all []int
			for i := range sent {
				all = append(all, i)
			}
			if err := relaytest.CheckClock(pick(sent, all...)); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckOpening(t *testing.T) {
	for name, c := range map[string]struct {
		kinds string
		shift uint32
		want  string
	}{
		"whole":                {"dvaKp", 0, ""},
		"no audio":             {"dvK", 0, ""},
		"no metadata":          {"vaK", 70, ""},
		"late":                 {"dvaK", 71, "does not begin near 0"},
		"headers swapped":      {"davK", 0, "out of order"},
		"metadata last":        {"vadK", 0, "out of order"},
		"frame before":         {"dvapK", 0, "out of order"},
		"sound before":         {"dvasK", 0, "out of order"},
		"header twice":         {"dvvaK", 0, "out of order"},
		"keyframe still lacks": {"dva", 0, "no keyframe"},
	} {
		t.Run(name, func(t *testing.T) {
			sent := stream(c.kinds)
			var all []int
			for i := range sent {
				sent[i].Time += c.shift
				all = append(all, i)
			}
			err := relaytest.CheckOpening(pick(sent, all...))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestLatencies(t *testing.T) {
	sent := stream("dvaKpsKpspp")
	got := pick(sent, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	l, err := relaytest.Latencies(sent, got)
	must(t, err)
	// From the second keyframe, sent[6], on: 6 to 10 ms.
	if want := (relaytest.Latency{N: 5, P50: 8 * time.Millisecond, P99: 10 * time.Millisecond, Max: 10 * time.Millisecond}); l != want {
		t.Errorf("got %v, want %v", l, want)
	}
	if _, err := relaytest.Latencies(sent, got[:5]); err == nil {
		t.Error("one keyframe was enough")
	}
}
