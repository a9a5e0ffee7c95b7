package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
)

// process is a child. It ends with stop, at the latest with this process.
type process struct {
	cmd      *exec.Cmd
	out, log *output
	ended    chan struct{}
	err      error // of its end; written before ended is closed
}

// startProcess starts a program on one core, or on any if core is below 0.
func startProcess(core int, name string, args ...string) (*process, error) {
	cmd := exec.Command(name, args...) //nolint:gosec // the relays that are to be measured
	p := &process{cmd: cmd, out: newOutput(), log: newOutput(), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	p.cmd.SysProcAttr = dieWithParent()
	if err := startOn(p.cmd, core); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// stop kills it: nothing of it is needed any more, and its end is no part of a
// measurement.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// said returns what the process has printed once that contains text.
func (p *process) said(ctx context.Context, text string) (string, error) {
	for {
		all, fresh := p.out.read()
		if strings.Contains(all, text) {
			return all, nil
		}
		select {
		case <-fresh:
		case <-p.ended:
			return "", fmt.Errorf("it has ended: %w", p.err)
		case <-ctx.Done():
			return "", fmt.Errorf("it does not become ready: %w", ctx.Err())
		}
	}
}

// complaints is what it wrote to its standard error.
func (p *process) complaints() string {
	text, _ := p.log.read()
	return text
}

// outputLimit is how much of what a process prints is kept: the beginning.
const outputLimit = 1 << 20

// output is what a process prints.
type output struct {
	mu    sync.Mutex // guards the rest
	text  bytes.Buffer
	fresh chan struct{} // closed at the next write
}

func newOutput() *output { return &output{fresh: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() < outputLimit {
		o.text.Write(b)
	}
	close(o.fresh)
	o.fresh = make(chan struct{})
	return len(b), nil
}

func (o *output) read() (text string, fresh <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.fresh
}
