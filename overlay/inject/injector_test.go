package inject_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

var both = inject.Formats{AMF: true, SEI: true}

// opened is a connection to a show.
func opened(track *inject.Track, formats inject.Formats, packets []media.Packet) inject.Source {
	return inject.Injector{Track: track, Formats: formats}.Open(&tape{packets: slices.Clone(packets)})
}

func expect(t *testing.T, got []told, how, want string) {
	t.Helper()
	if have := list(got, how); have != want {
		t.Errorf("%s: told %q\nwant %q", how, have, want)
	}
}

// untouched tells that all packets but ours are as they were.
func untouched(t *testing.T, sent, got []media.Packet) {
	t.Helper()
	got = slices.DeleteFunc(slices.Clone(got), func(p media.Packet) bool { return p.Kind == media.Data && !p.Header })
	if len(got) != len(sent) {
		t.Fatalf("%d packets of %d came", len(got), len(sent))
	}
	for i := range got {
		if got[i].Kind == media.Video && !got[i].Header {
			_, rest := userData(got[i].Body[5:], 4, false)
			got[i].Body = append(got[i].Body[:5:5], rest...)
		}
		if !reflect.DeepEqual(got[i], sent[i]) {
			t.Fatalf("packet %d is %+v, was %+v", i, got[i], sent[i])
		}
	}
}

// A change goes out with the next frame, and the bytes around it stay.
func TestChangeGoesWithTheNextFrame(t *testing.T) {
	var track inject.Track
	add(t, &track, cue("a", 40*ms))
	add(t, &track, cue("b", 121*ms))
	add(t, &track, cue("c", 121*ms))
	sent := show(0, 300*ms)
	got := read(t, opened(&track, both, sent), 64)
	untouched(t, sent, got)
	all := tell(t, got)
	expect(t, all, "sei", "a@80 b@160 c@160")
	expect(t, all, "point", "a@45 b@125 c@125")
	expect(t, all, "text", "a@45 b@125 c@125")
	for _, x := range all {
		if next := got[x.nth+1]; x.how == "text" && x.what != "b" && next.Time != x.at {
			t.Errorf("%v stands before a packet of %v", x, next.Time)
		}
	}
}

func TestWithoutFormatsNothingIsBetween(t *testing.T) {
	var track inject.Track
	source := &tape{}
	if (inject.Injector{Track: &track}).Open(source) != inject.Source(source) {
		t.Error("there is something between")
	}
}

func TestFormatsAreApart(t *testing.T) {
	var track inject.Track
	add(t, &track, cue("a", 60*ms))
	for _, f := range []inject.Formats{{AMF: true}, {SEI: true}} {
		t.Run(fmt.Sprintf("%+v", f), func(t *testing.T) {
			sent := show(0, 200*ms)
			got := read(t, opened(&track, f, sent), 64)
			untouched(t, sent, got)
			all := tell(t, got)
			if (list(all, "sei") != "") != f.SEI || (list(all, "point") != "") != f.AMF || (list(all, "text") != "") != f.AMF {
				t.Errorf("told %v", all)
			}
		})
	}
}

// A connection begins with what runs at its first keyframe, and not with how that
// came about: SEI in it, AMF0 right after it.
func TestConnectionBeginsWithWhatRuns(t *testing.T) {
	var track inject.Track
	a, b := cue("a", 100*ms), cue("b", 3*time.Second)
	add(t, &track, a, a)
	add(t, &track, b, a, b)
	add(t, &track, cue("end", 4*time.Second), b)
	add(t, &track, cue("late", 5100*ms), b)
	got := read(t, opened(&track, both, show(5*time.Second, 5200*ms)), 64)
	all := tell(t, got)
	expect(t, all, "sei", "b!@5000 late@5120")
	expect(t, all, "point", "b!@5000 late@5120")
	var kinds []media.Kind
	for _, p := range got[:7] {
		kinds = append(kinds, p.Kind)
	}
	if want := []media.Kind{media.Data, media.Video, media.Audio, media.Video, media.Data, media.Data, media.Audio}; !slices.Equal(kinds, want) || !got[3].Keyframe {
		t.Errorf("begins with %v, want %v", kinds, want)
	}
	// As it was at the beginning, and as it came to be.
	all = tell(t, read(t, opened(&track, both, show(0, 5200*ms)), 64))
	expect(t, all, "sei", "a@120 b@3040 end@4040 late@5120")
	all = tell(t, read(t, opened(&track, both, show(3500*ms, 5*time.Second)), 64))
	expect(t, all, "sei", "a!@3500 b!@3500 end@4020")
}

// However a source begins, nothing is told before the first keyframe.
func TestNothingBeforeTheKeyframe(t *testing.T) {
	var track inject.Track
	a := cue("a", 0)
	add(t, &track, a, a)
	add(t, &track, cue("b", 50*ms), a)
	sent := []media.Packet{avcHeader(4), picture(40*ms, false), picture(80*ms, false), picture(120*ms, true), picture(160*ms, false)}
	all := tell(t, read(t, opened(&track, both, sent), 64))
	for _, how := range []string{"sei", "point", "text"} {
		expect(t, all, how, "a!@120")
	}
}

// What runs is repeated each ten seconds of the stream, by all connections with
// the same body.
func TestWhatRunsIsRepeated(t *testing.T) {
	var track inject.Track
	a := cue("a", 5*time.Second)
	add(t, &track, a, a)
	add(t, &track, cue("end", 25*time.Second))
	add(t, &track, a, a) // with the end
	add(t, &track, cue("end", 45*time.Second))
	add(t, &track, cue("c", 55*time.Second), a) // nothing ran when the ten seconds were over
	early, late := show(0, 60*time.Second), show(8*time.Second, 60*time.Second)
	gotEarly, gotLate := read(t, opened(&track, both, early), 64), read(t, opened(&track, both, late), 64)
	expect(t, tell(t, gotEarly), "sei", "a@5040 a!@10000 a!@20000 end@25040 a@25040 a!@30000 a!@40000 end@45040 c@55040")
	expect(t, tell(t, gotEarly), "text", "a@5005 a!@10000 a!@20000 end@25005 a@25005 a!@30000 a!@40000 end@45005 c@55005")
	expect(t, tell(t, gotLate), "sei", "a!@8000 a!@10000 a!@20000 end@25040 a@25040 a!@30000 a!@40000 end@45040 c@55040")
	untouched(t, early, gotEarly)
}

// Beside each other, as a pump reads them, connections share what is made.
func TestConnectionsShareBodies(t *testing.T) {
	var track inject.Track
	a := cue("a", 60*ms)
	add(t, &track, a, a)
	sent := show(0, 120*ms)
	var first []media.Packet
	for i := range 50 {
		got := read(t, opened(&track, both, sent), 64)
		if i == 0 {
			first = got
		}
		for j := range got {
			if &got[j].Body[0] != &first[j].Body[0] {
				t.Fatalf("connection %d has a body of its own in packet %d", i, j)
			}
		}
	}
}

// A slow destination leaves groups of pictures out.
func TestSkippedChangesFollow(t *testing.T) {
	var track inject.Track
	sent := show(0, 10*time.Second)
	for i := range 5 {
		add(t, &track, cue(fmt.Sprint(i), time.Duration(i)*time.Second+500*ms))
	}
	resume := slices.IndexFunc(sent, func(p media.Packet) bool { return p.Keyframe && p.Time == 6*time.Second })
	header := avcHeader(4)
	header.Time = 6 * time.Second
	seen := slices.Concat(sent[:30], []media.Packet{header}, sent[resume:])
	got := read(t, opened(&track, both, seen), 64)
	all := tell(t, got)
	expect(t, all, "sei", "0@520 1@6000 2@6000 3@6000 4@6000")
	expect(t, all, "point", "0@520 1@6000 2@6000 3@6000 4@6000")
	for i, p := range got {
		if p.Time == 6*time.Second && p.Header && !got[i+1].Keyframe {
			t.Error("between the header and its keyframe is something")
		}
	}
}

// A crowd of changes is spread over frames, in order.
func TestCrowdIsSpread(t *testing.T) {
	var track inject.Track
	const n = 3*inject.MaxPerFrame + 1
	for i := range n {
		add(t, &track, cue(fmt.Sprint(i), 60*ms))
	}
	got := read(t, opened(&track, both, show(0, 400*ms)), 64)
	for _, how := range []string{"sei", "point", "text"} {
		count, at := 0, map[time.Duration]int{}
		for _, x := range tell(t, got) {
			if x.how != how {
				continue
			}
			if x.what != fmt.Sprint(count) {
				t.Fatalf("%s: %v came as number %d", how, x, count)
			}
			count++
			at[x.at]++
		}
		if count != n || len(at) != 4 {
			t.Errorf("%s: %d of %d came, in %v", how, count, n, at)
		}
	}
}

// Changes come while a connection reads.
func TestChangesUnderWay(t *testing.T) {
	var track inject.Track
	source := &tape{}
	c := inject.Injector{Track: &track, Formats: both}.Open(source)
	var got []media.Packet
	want := ""
	for i, p := range show(0, 2*time.Second) {
		source.packets = []media.Packet{p}
		got = append(got, read(t, c, 64)...)
		if p.Kind == media.Video && i%20 == 9 {
			name := fmt.Sprint(i)
			add(t, &track, cue(name, p.Time))
			want += fmt.Sprintf("%s@%d ", name, (p.Time+40*ms)/ms)
		}
	}
	if have := list(tell(t, got), "sei") + " "; have != want {
		t.Errorf("told %q\nwant %q", have, want)
	}
}

// Sound alone carries AMF0; a picture that comes later carries SEI too.
func TestSoundAlone(t *testing.T) {
	var track inject.Track
	a := cue("a", 1*ms)
	add(t, &track, a, a)
	add(t, &track, cue("b", 60*ms), a)
	sent := []media.Packet{{Kind: media.Audio, Header: true, Body: []byte{0xaf, 0}}}
	for at := 20 * ms; at < 200*ms; at += 20 * ms {
		sent = append(sent, sound(at))
	}
	got := read(t, opened(&track, both, sent), 64)
	expect(t, tell(t, got), "point", "a!@20 b@80")
	if got[1].Kind != media.Audio || got[2].Kind != media.Data {
		t.Errorf("begins with %v and %v, want sound and then what runs", got[1].Kind, got[2].Kind)
	}
	sent = append(sent, avcHeader(4), picture(200*ms, true), picture(240*ms, false))
	got = read(t, opened(&track, both, sent), 64)
	expect(t, tell(t, got), "point", "a!@20 b@80")
	expect(t, tell(t, got), "sei", "a!@200")
}

// A hold repeats one picture, each time with other cues.
func TestHold(t *testing.T) {
	var track inject.Track
	add(t, &track, cue("a", 500*ms))
	add(t, &track, cue("b", 1500*ms))
	one := picture(0, true)
	sent := []media.Packet{avcHeader(4)}
	for at := time.Duration(0); at < 4*time.Second; at += 20 * ms {
		if at%time.Second == 0 {
			one.Time = at
			sent = append(sent, one)
		}
		sent = append(sent, sound(at))
	}
	got := read(t, opened(&track, both, sent), 64)
	expect(t, tell(t, got), "sei", "a@1000 b@2000")
	expect(t, tell(t, got), "point", "a@520 b@1520")
}

func TestInjectorsCompare(t *testing.T) {
	var track, other inject.Track
	m := inject.NewMetrics(nil)
	a := inject.Injector{Track: &track, Formats: both, Stream: "main", Destination: "d", Metrics: m}
	b, c, d := a, a, a
	c.Track, d.Formats.SEI = &other, false
	if any(a) != any(b) || any(a) == any(c) || any(a) == any(d) {
		t.Error("injectors are compared by what they do")
	}
}
