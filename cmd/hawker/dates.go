package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/playback"
)

// dates are what streams show, and when, as players of HLS are told.
type dates struct {
	link overlay.Link

	mu    sync.Mutex // guards lines
	lines map[string]*dateLine
}

// dateLine is one stream's: a playback.Timeline.
type dateLine struct {
	mu      sync.Mutex // guards the rest
	recent  []playback.Cue
	running []playback.Cue
}

// datesKept is how many changes are remembered: more than a playlist holds.
const datesKept = 200

func newDates(link overlay.Link) *dates { return &dates{link: link, lines: map[string]*dateLine{}} }

// keep forgets streams that are not configured any more: should one come back, its
// clock begins anew.
func (d *dates) keep(streams []config.Stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.lines, func(name string, _ *dateLine) bool {
		return !slices.ContainsFunc(streams, func(s config.Stream) bool { return s.Name == name })
	})
}

func (d *dates) line(stream string) *dateLine {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lines[stream]
	if l == nil {
		l = &dateLine{}
		d.lines[stream] = l
	}
	return l
}

// tell takes note of changes on a stream.
func (d *dates) tell(stream string, changes []overlay.Event, now overlay.Stage) {
	l := d.line(stream)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range changes {
		if c, ok := changes[i].Cue(d.link); ok {
			l.recent = append(l.recent, dateOf(c))
		}
	}
	l.recent = l.recent[max(0, len(l.recent)-datesKept):]
	l.running = nil
	for _, c := range now.Cues(d.link) {
		l.running = append(l.running, dateOf(c))
	}
}

// dateOf is a cue under an ID of its own for each revision: what a player has been
// told under one cannot change.
func dateOf(c overlay.Cue) playback.Cue {
	return playback.Cue{ID: fmt.Sprintf("%s.%d", c.ID, c.Revision), Start: time.Duration(c.Media) * time.Millisecond, Data: c.JSON()}
}

// Cues implements playback.Timeline.
func (l *dateLine) Cues(from, to time.Duration) (out []playback.Cue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.recent {
		if c.Start >= from && c.Start <= to {
			out = append(out, c)
		}
	}
	for _, c := range l.running {
		told := slices.ContainsFunc(out, func(other playback.Cue) bool { return other.ID == c.ID })
		if c.Start <= to && !told {
			out = append(out, c)
		}
	}
	return out
}
