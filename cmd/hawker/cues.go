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

	mu    sync.Mutex // guards lines
	lines map[string]*line
}

// line is what one stream's destinations are told.
type line struct {
	*inject.Track
	updates *rate.Limiter
}

// perSecond is how many updates a stream carries at most. One that is left out is
// told with the next, or when what runs is repeated; beginnings and ends never are.
const perSecond = 5

func newCues(reg prometheus.Registerer, link overlay.Link, logger *slog.Logger) *cues {
	return &cues{link: link, logger: logger, metrics: inject.NewMetrics(reg), lines: map[string]*line{}}
}

// line is that of a stream, whether it is configured or not.
func (c *cues) line(stream string) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lines[stream]
	if l == nil {
		l = &line{&inject.Track{}, rate.NewLimiter(perSecond, perSecond)}
		c.lines[stream] = l
	}
	return l
}

// keep forgets streams that are not configured any more: should one come back, its
// clock begins anew.
func (c *cues) keep(streams []config.Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.lines, func(name string, _ *line) bool {
		return !slices.ContainsFunc(streams, func(s config.Stream) bool { return s.Name == name })
	})
}

// tell puts changes on a stream's track. Without changes it says what runs.
func (c *cues) tell(stream string, changes []overlay.Event, now overlay.Stage) {
	line, running := c.line(stream), c.running(now)
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

func (c *cues) running(now overlay.Stage) (out []inject.Cue) {
	for _, cue := range now.Cues(c.link) {
		out = append(out, cueOf(cue))
	}
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
