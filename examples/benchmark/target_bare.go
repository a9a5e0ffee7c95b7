package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// bareTarget is the yardstick, which is this program once more.
type bareTarget struct{ self, mode string }

func newBareTarget(mode string) (target, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mode, err)
	}
	return &bareTarget{self, mode}, nil
}

func (t *bareTarget) name() string { return t.mode }

// can: a reader that writes to all would be stopped by the first who stalls, and
// a queue without an end is no relay's.
func (t *bareTarget) can(s scenario) bool { return !s.Stalled }

func (t *bareTarget) start(ctx context.Context, j job, core int) (*relay, error) {
	file := filepath.Join(j.Dir, "job.json")
	data, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return nil, err
	}
	p, err := startProcess(core, t.self, t.mode, file)
	if err != nil {
		return nil, err
	}
	text, err := p.said(ctx, "\n")
	var ingest string
	if err == nil {
		ingest, err = found(text, regexp.MustCompile(`at ([0-9.:]+)`))
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w\n%s", t.mode, err, p.complaints())
	}
	return &relay{process: p, ingest: func(stream string) place { return place{"rtmp://" + ingest + "/live", stream} }}, nil
}
