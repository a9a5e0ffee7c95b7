package relay

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/record"
)

// RecordingStatus tells of a stream's recording.
type RecordingStatus struct {
	// File is being written, from Since on; empty while nothing is.
	File  string    `json:"file,omitempty"`
	Since time.Time `json:"since,omitzero"`
	// Bytes is what has been written to it.
	Bytes int64 `json:"bytes"`
	// Error is why recording pauses, or has at the end of the last broadcast, and
	// Failed when it was last found so; empty when all is well.
	Error  string    `json:"error,omitempty"`
	Failed time.Time `json:"failed,omitzero"`
}

// recording runs a channel's recorder beside its destinations. A recorder whose
// settings change is replaced, and nothing else is touched.
type recording struct {
	build   func(record.Settings) (*record.Recorder, error)
	changed chan struct{}   // has room for one
	running *sync.WaitGroup // recorders, which may be at their end after the channel's

	mu       sync.Mutex // guards the rest
	settings *record.Settings
	recorder *record.Recorder // nil for none
}

func newRecording(running *sync.WaitGroup, build func(record.Settings) (*record.Recorder, error)) *recording {
	return &recording{build: build, changed: make(chan struct{}, 1), running: running}
}

// apply makes settings the ones in force; nil is to record nothing.
func (r *recording) apply(s *record.Settings) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s == nil && r.settings == nil || s != nil && r.settings != nil && *s == *r.settings {
		return nil
	}
	var fresh *record.Recorder
	if s != nil {
		own := *s
		if fresh, err = r.build(own); err != nil {
			return fmt.Errorf("record: %w", err)
		}
		s = &own
	}
	r.settings, r.recorder = s, fresh
	select {
	case r.changed <- struct{}{}:
	default:
	}
	return nil
}

// current is the recorder in force; nil for none.
func (r *recording) current() *record.Recorder {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.recorder
}

// run keeps the recorder in force running until ctx ends.
func (r *recording) run(ctx context.Context) {
	for ctx.Err() == nil {
		r.one(ctx)
	}
}

// one runs the recorder in force until that is another one, or ctx ends. What the
// disk then takes for its end, nobody waits for but the program's.
func (r *recording) one(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	select { // what is in force now counts
	case <-r.changed:
	default:
	}
	if recorder := r.current(); recorder != nil {
		r.running.Go(func() { _ = recorder.Run(ctx) })
	}
	select {
	case <-r.changed:
	case <-ctx.Done():
	}
}

// status is nil when nothing is to be recorded.
func (r *recording) status() *RecordingStatus {
	recorder := r.current()
	if recorder == nil {
		return nil
	}
	s := recorder.Status()
	return &RecordingStatus{s.File, s.Since, s.Bytes, s.Error, s.Failed}
}
