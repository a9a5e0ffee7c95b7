package main

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
)

// cues carries what the overlay shows to the destinations that want it within the
// stream.
type cues struct {
	link    overlay.Link
	logger  *slog.Logger
	metrics *inject.Metrics

	mu    sync.Mutex // guards the rest
	lines map[string]*line
	known map[string]bool // streams that are configured; nil is any
}

// line is what one stream's destinations are told.
type line struct {
	*inject.Track
	updates *rate.Limiter

	mu   sync.Mutex // guards runs
	runs map[airing]inject.Cue
}

// airing is what the cue of something that runs is made of: as long as it is the
// same, all changes on the track share one.
type airing struct {
	kind, id, url string
	revision      uint64
	media         int64
}

// perSecond is how many updates a stream carries at most. One that is left out is
// told with the next, or when what runs is repeated; beginnings and ends never are.
const perSecond = 5

func newCues(reg prometheus.Registerer, link overlay.Link, logger *slog.Logger) *cues {
	return &cues{link: link, logger: logger, metrics: inject.NewMetrics(reg), lines: map[string]*line{}}
}

// line is that of a stream that is configured, or is about to be.
func (c *cues) line(stream string) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lineOf(stream)
}

// lineIfKnown is that of a stream that is configured, and nil for others: what is
// said of one that was taken away makes it no line again.
func (c *cues) lineIfKnown(stream string) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil && !c.known[stream] {
		return nil
	}
	return c.lineOf(stream)
}

// lineOf makes it if there is none. The caller holds mu.
func (c *cues) lineOf(stream string) *line {
	l := c.lines[stream]
	if l == nil {
		l = &line{Track: &inject.Track{}, updates: rate.NewLimiter(perSecond, perSecond)}
		c.lines[stream] = l
	}
	return l
}

// keep forgets streams and destinations that are not configured any more: should a
// stream come back, its clock begins anew.
func (c *cues) keep(streams []config.Stream) {
	destinations := map[[2]string]bool{}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = map[string]bool{}
	for _, s := range streams {
		c.known[s.Name] = true
		for _, d := range s.Destinations {
			destinations[[2]string{s.Name, d.Name}] = true
		}
	}
	maps.DeleteFunc(c.lines, func(name string, _ *line) bool { return !c.known[name] })
	c.metrics.Keep(func(stream, destination string) bool { return destinations[[2]string{stream, destination}] })
}

// tell puts changes on a stream's track. Without changes it says what runs.
func (c *cues) tell(stream string, changes []overlay.Event, now overlay.Stage) {
	line := c.lineIfKnown(stream)
	if line == nil {
		return
	}
	running := line.running(now.Cues(c.link))
	add := func(cue inject.Cue) {
		if err := line.Add(cue, running); err != nil {
			c.logger.Error("a cue could not be put into the stream", "stream", stream, "offer", cue.ID, "err", err)
		}
	}
	if len(changes) == 0 {
		add(inject.Cue{Name: "running"})
	}
	for i := range changes {
		cue, ok := changes[i].Cue(c.link)
		if !ok {
			continue
		}
		out := cueOf(cue)
		if changes[i].Type == overlay.OfferUpdated && !line.updates.Allow() {
			out.JSON = nil
		}
		add(out)
	}
}

// running are the cues of what runs. Those that have not changed are the same as
// before.
func (l *line) running(now []overlay.Cue) (out []inject.Cue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	runs := make(map[airing]inject.Cue, len(now))
	for _, cue := range now {
		key := airing{cue.Type, cue.ID, cue.URL, cue.Revision, cue.Media}
		made, before := l.runs[key]
		if !before {
			made = cueOf(cue)
		}
		runs[key] = made
		out = append(out, made)
	}
	l.runs = runs
	return out
}

func cueOf(c overlay.Cue) inject.Cue {
	return inject.Cue{Name: c.Type, ID: c.ID, Revision: int64(c.Revision), At: time.Duration(c.Media) * time.Millisecond, JSON: c.JSON()}
}

// decorator is what a destination's packets pass through: nil where it takes no
// cues. It can be compared.
func (c *cues) decorator(stream string, d config.Destination) destination.Decorator {
	formats := inject.Formats{AMF: slices.Contains(d.Metadata, "amf"), SEI: slices.Contains(d.Metadata, "sei")}
	if formats == (inject.Formats{}) {
		return nil
	}
	return decorator{inject.Injector{Track: c.line(stream).Track, Formats: formats, Stream: stream, Destination: d.Name, Metrics: c.metrics}}
}

// decorator is an inject.Injector as package destination knows it.
type decorator struct{ inject.Injector }

// Decorate implements destination.Decorator.
func (d decorator) Decorate(s destination.Source) destination.Source { return d.Open(s) }
