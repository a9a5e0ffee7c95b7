package config

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settleTime is how long files must have been quiet: editors and
	// deployments write several times.
	settleTime = 200 * time.Millisecond
	// settleMost is when a folder that is never quiet is looked at anyway.
	settleMost = time.Second
	// pollTime is how often files are looked at without being told to: network
	// file systems tell nothing, and a link far up a path may have moved.
	pollTime = 5 * time.Second
)

// Watcher tells when files change.
type Watcher struct {
	files  func() []string
	poll   time.Duration
	notify *fsnotify.Watcher // nil where the system gives none
	seen   map[string]fingerprint
}

// NewWatcher notes how the files read now; Run must follow. files is asked again
// before each look, so the set may change; a file that joins it is no change by
// itself. They may be replaced, be symbolic links that are turned elsewhere, or
// not exist yet.
func NewWatcher(files func() []string) *Watcher { return newWatcher(files, pollTime) }

func newWatcher(files func() []string, poll time.Duration) *Watcher {
	w := &Watcher{files: files, poll: poll}
	if notify, err := fsnotify.NewWatcher(); err == nil { // else polling must do
		w.notify = notify
	}
	w.look()
	return w
}

func (w *Watcher) close() {
	if w.notify != nil {
		_ = w.notify.Close()
	}
}

// Run calls changed when the content of a file has changed, appeared or gone
// since NewWatcher, and returns when ctx ends. Calls of changed never overlap,
// and what happens during one leads to another.
func (w *Watcher) Run(ctx context.Context, changed func()) {
	defer w.close()
	var events chan fsnotify.Event
	var errs chan error // events were lost, for one
	if w.notify != nil {
		events, errs = w.notify.Events, w.notify.Errors
	}
	poll := time.NewTicker(w.poll)
	defer poll.Stop()
	settle := settler{timer: time.NewTimer(w.poll)}
	defer settle.timer.Stop()
	again := false
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-events:
			if !open {
				events, errs = nil, nil // polling must do from here on
			}
			settle.wait()
		case _, open := <-errs:
			if !open {
				events, errs = nil, nil
			}
			settle.wait()
		case <-poll.C:
			if w.look() {
				again = true
				settle.wait()
			}
		case <-settle.timer.C:
			settle.since = time.Time{}
			if !w.look() && !again {
				continue
			}
			changed()
			if again = w.look(); again {
				settle.wait()
			}
		}
	}
}

// settler waits until nothing has happened for a while.
type settler struct {
	timer *time.Timer
	since time.Time // of the first event; zero while none is waited for
}

func (s *settler) wait() {
	if s.since.IsZero() {
		s.since = time.Now()
	}
	s.timer.Reset(max(0, min(settleTime, settleMost-time.Since(s.since))))
}

// look follows the files of now and reports whether one that was followed
// before reads differently.
func (w *Watcher) look() bool {
	files := w.files()
	w.follow(files)
	differs := false
	now := make(map[string]fingerprint, len(files))
	for _, f := range files {
		now[f] = fingerprintOf(f)
		if before, known := w.seen[f]; known && before != now[f] {
			differs = true
		}
	}
	w.seen = now
	return differs
}

// follow watches the folders that decide what the files read as. Folders that
// cannot be watched are left to polling.
func (w *Watcher) follow(files []string) {
	if w.notify == nil {
		return
	}
	wanted := map[string]bool{}
	for _, f := range files {
		for _, folder := range folders(f) {
			wanted[folder] = true
		}
	}
	watched := w.notify.WatchList()
	for _, folder := range watched {
		if !wanted[folder] {
			_ = w.notify.Remove(folder)
		}
	}
	for folder := range maps.Keys(wanted) {
		if !slices.Contains(watched, folder) {
			_ = w.notify.Add(folder)
		}
	}
}
