package inject_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

func TestAddRefuses(t *testing.T) {
	long := strings.Repeat("x", inject.MaxJSON+1)
	good := inject.Cue{Name: "offer.start", ID: "1", JSON: []byte("{}")}
	for name, change := range map[string]func(*inject.Cue){
		"no name":       func(c *inject.Cue) { c.Name = "" },
		"long name":     func(c *inject.Cue) { c.Name = long },
		"long id":       func(c *inject.Cue) { c.ID = long },
		"id not UTF-8":  func(c *inject.Cue) { c.ID = "\xff" },
		"long JSON":     func(c *inject.Cue) { c.JSON = []byte(long) },
		"long repeat":   func(c *inject.Cue) { c.Repeat = []byte(long) },
		"JSON no UTF-8": func(c *inject.Cue) { c.JSON = []byte("\xff") },
	} {
		t.Run(name, func(t *testing.T) {
			var track inject.Track
			bad := good
			change(&bad)
			if track.Add(bad, nil) == nil || track.Add(good, []inject.Cue{bad}) == nil {
				t.Error("was taken")
			}
			if got := tell(t, read(t, opened(&track, both, show(0, time.Second)), 64)); len(got) != 0 {
				t.Errorf("what was refused is told: %v", got)
			}
		})
	}
}

// What is added later has happened later.
func TestAddKeepsTheOrder(t *testing.T) {
	var track inject.Track
	add(t, &track, cue("a", 100*ms))
	add(t, &track, cue("b", 60*ms))
	add(t, &track, cue("c", 130*ms))
	expect(t, tell(t, read(t, opened(&track, both, show(0, 400*ms)), 64)), "sei", "a@120 b@120 c@160")
}

// A change without JSON only says what runs.
func TestUntoldChange(t *testing.T) {
	var track inject.Track
	a := cue("a", 0)
	a.Repeat = nil
	add(t, &track, inject.Cue{Name: "restored", At: 60 * ms}, a)
	expect(t, tell(t, read(t, opened(&track, both, show(0, 200*ms)), 64)), "sei", "")
	expect(t, tell(t, read(t, opened(&track, both, show(200*ms, 400*ms)), 64)), "point", "a@200")
}

// A track does not grow without end, but serves who trails by ten minutes.
func TestTrackForgets(t *testing.T) {
	t.Run("by time", func(t *testing.T) {
		var track inject.Track
		for i := range 3000 { // five a second for ten minutes
			c := cue(fmt.Sprint(i), time.Duration(i)*200*ms+1)
			add(t, &track, c, c)
		}
		all := tell(t, read(t, opened(&track, both, show(0, 2*time.Second)), 64))
		expect(t, all, "sei", "0@40 1@240 2@440 3@640 4@840 5@1040 6@1240 7@1440 8@1640 9@1840")
		last := cue("last", 20*time.Minute)
		add(t, &track, last, last)
		all = tell(t, read(t, opened(&track, both, show(5*time.Minute, 5*time.Minute+2*time.Second)), 64))
		expect(t, all, "sei", "2699!@300000" /* the oldest it knows of */)
		all = tell(t, read(t, opened(&track, both, show(21*time.Minute, 21*time.Minute+time.Second)), 64))
		expect(t, all, "sei", "last!@1260000")
	})
	t.Run("by number", func(t *testing.T) {
		var track inject.Track
		reg := prometheus.NewRegistry()
		m := inject.NewMetrics(reg)
		source := &tape{packets: show(0, 40*ms)}
		c := inject.Injector{Track: &track, Formats: both, Stream: "main", Destination: "d", Metrics: m}.Open(source)
		read(t, c, 64)
		for i := range 5000 {
			x := cue(fmt.Sprint(i), 50*ms)
			add(t, &track, x, x)
		}
		source.packets = []media.Packet{picture(80*ms, false)}
		all := tell(t, read(t, c, 64))
		if len(all) != 3*inject.MaxPerFrame || all[0].what != "904" {
			t.Errorf("who was behind is told %d cues, from %v on", len(all), all[0])
		}
		want := `
			# HELP hawker_cues_injected_total Cues put into what is sent to the destination, repetitions too.
			# TYPE hawker_cues_injected_total counter
			hawker_cues_injected_total{destination="d",format="amf",stream="main"} 16
			hawker_cues_injected_total{destination="d",format="sei",stream="main"} 16
			# HELP hawker_cues_missed_total Cues not put in: the codec has no place for them, or the destination was minutes behind.
			# TYPE hawker_cues_missed_total counter
			hawker_cues_missed_total{destination="d",format="amf",stream="main"} 904
			hawker_cues_missed_total{destination="d",format="sei",stream="main"} 904
		`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	})
}

// What a track lets go of while a connection reads it is told whole.
func TestForgettingDoesNotDisturbReaders(t *testing.T) {
	const held = 4096
	var track inject.Track
	x := cue("x", 0)
	for range held {
		add(t, &track, x, x)
	}
	source := &tape{packets: show(0, 40*ms)[:3]}
	c := inject.Injector{Track: &track, Formats: both}.Open(source)
	read(t, c, 64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range held {
			if err := track.Add(x, []inject.Cue{x}); err != nil {
				t.Error(err)
			}
		}
	}()
	for at := time.Duration(0); ; at += 40 * ms {
		source.packets = []media.Packet{picture(at, true)}
		for _, told := range tell(t, read(t, c, 64)) {
			if told.what != "x" && told.what != "x!" {
				t.Fatalf("it is told %q", told.what)
			}
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

// A shop with many offers, of which one changes many times a second, takes no
// more than some megabytes.
func TestTrackIsBoundedInBytes(t *testing.T) {
	var track inject.Track
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	for i := range 400 {
		var running []inject.Cue
		for range 100 {
			running = append(running, inject.Cue{Name: "offer.start", JSON: bytes.Repeat([]byte("x"), 1000)})
		}
		add(t, &track, cue("a", time.Duration(i)*ms), running...)
	}
	if held := heap() - before; held > 16<<20 {
		t.Errorf("400 changes while 100 offers run hold %d MiB", held>>20)
	}
	if got := tell(t, read(t, opened(&track, both, show(time.Minute, time.Minute+80*ms)), 64)); len(got) != 300 {
		t.Errorf("%d are told, want all that run", len(got))
	}
}

// Changes that are not told, one right after the other, are one.
func TestUntoldChangesTakeOnePlace(t *testing.T) {
	var track inject.Track
	source := &tape{packets: show(0, 40*ms)}
	c := inject.Injector{Track: &track, Formats: both}.Open(source)
	read(t, c, 64)
	add(t, &track, cue("first", 50*ms))
	for i := range 10_000 {
		add(t, &track, inject.Cue{Name: "update", At: 60*ms + time.Duration(i)*50*time.Microsecond}, cue(fmt.Sprint(i), 0))
		if i == 5000 { // what runs is repeated while there are more
			source.packets = []media.Packet{picture(9000*ms, false), picture(10_000*ms, false)}
			expect(t, tell(t, read(t, c, 64)), "sei", "first@9000 5000!@10000")
		}
	}
	source.packets = []media.Packet{picture(20_000*ms, false)}
	expect(t, tell(t, read(t, c, 64)), "point", "9999!@20000")
	late := tell(t, read(t, opened(&track, both, show(0, 200*ms)), 64)) // trails by twenty seconds
	expect(t, late, "sei", "first@80")
}

// What runs is known to those who had read on, too, though it took a place that
// was there.
func TestAnUntoldChangeWakesReaders(t *testing.T) {
	var track inject.Track
	source := &tape{packets: show(0, 80*ms)}
	c := inject.Injector{Track: &track, Formats: both}.Open(source)
	add(t, &track, inject.Cue{Name: "running"})
	read(t, c, 64)
	add(t, &track, inject.Cue{Name: "running", At: 60 * ms}, cue("a", 0))
	source.packets = []media.Packet{picture(10_000*ms, false)}
	expect(t, tell(t, read(t, c, 64)), "sei", "a!@10000")
}
