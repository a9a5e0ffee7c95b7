package main

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/prometheus/client_golang/prometheus"
)

// cues carries what the overlay shows to the destinations that want it within the
// stream.
type cues struct {
	link    overlay.Link
	logger  *slog.Logger
	metrics *inject.Metrics

	mu     sync.Mutex // guards tracks
	tracks map[string]*inject.Track
}

func newCues(reg prometheus.Registerer, link overlay.Link, logger *slog.Logger) *cues {
	return &cues{link: link, logger: logger, metrics: inject.NewMetrics(reg), tracks: map[string]*inject.Track{}}
}

// track is that of a stream, whether it is configured or not.
func (c *cues) track(stream string) *inject.Track {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tracks[stream]
	if t == nil {
		t = &inject.Track{}
		c.tracks[stream] = t
	}
	return t
}

// tell puts changes on a stream's track. Without changes it says what runs.
func (c *cues) tell(stream string, changes []overlay.Event, now overlay.Stage) {
	track, running := c.track(stream), c.running(now)
	add := func(cue inject.Cue) {
		if err := track.Add(cue, running); err != nil {
			c.logger.Error("a cue could not be put into the stream", "stream", stream, "offer", cue.ID, "err", err)
		}
	}
	if len(changes) == 0 {
		add(inject.Cue{Name: "running"})
	}
	for i := range changes {
		if cue, ok := changes[i].Cue(c.link); ok {
			add(cueOf(cue))
		}
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
	return decorator{inject.Injector{Track: c.track(stream), Formats: formats, Stream: stream, Destination: d.Name, Metrics: c.metrics}}
}

// decorator is an inject.Injector as package destination knows it.
type decorator struct{ inject.Injector }

// Decorate implements destination.Decorator.
func (d decorator) Decorate(s destination.Source) destination.Source { return d.Open(s) }
