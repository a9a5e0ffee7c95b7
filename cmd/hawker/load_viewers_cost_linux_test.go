package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// cost is what a server needed to serve a crowd.
type cost struct {
	begun         time.Time
	took, cpu     time.Duration
	bytes, memory int64
}

// weigh measures a server while a crowd is there, as for a while.
func weigh(t *testing.T, p *process, c *crowd, length time.Duration) cost {
	t.Helper()
	begun, cpu, bytes := time.Now(), p.cpu(t), c.bytes.Load()
	<-time.After(length)
	return cost{begun, time.Since(begun), p.cpu(t) - cpu, c.bytes.Load() - bytes, p.memory(t, "VmHWM")}
}

func (c cost) perGB() float64 { return c.cpu.Seconds() * 1e9 / float64(c.bytes) }

func (c cost) String() string {
	return fmt.Sprintf("%.0f Mb/s, %.2f s of CPU for a GB, %.0f %% of a core, %.2f %% for a viewer, %d MiB",
		float64(c.bytes)*8/1e6/c.took.Seconds(), c.perGB(), 100*c.cpu.Seconds()/c.took.Seconds(),
		100*c.cpu.Seconds()/c.took.Seconds()/viewers, c.memory>>20)
}

// publicly asks hawker for what viewers may have.
func (s *standalone) publicly(address, path string) (text string, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return "", err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return string(body), err
}

// crowd is for the viewers of a stream, once that can be seen.
func (s *standalone) crowd(stream string) *crowd {
	s.t.Helper()
	var text string
	until(s.ctx, s.t, stream+" to be shown", func() (shown bool) {
		var err error
		text, err = s.publicly(s.public, "/"+stream+"/index.m3u8")
		return err == nil
	})
	lines := strings.Fields(text)
	folder := strings.TrimSuffix(lines[len(lines)-1], "stream.m3u8")
	return &crowd{address: s.public, folder: "/" + stream + "/" + folder, faults: map[string]int{}}
}

// goroutines is how many hawker has.
func (s *standalone) goroutines() (n int) {
	s.t.Helper()
	text, err := s.publicly(s.admin, "/metrics")
	must(s.t, err)
	_, rest, _ := strings.Cut(text, "\ngo_goroutines ")
	_, err = fmt.Sscan(rest, &n)
	must(s.t, err)
	return n
}

// settle waits until hawker has no more goroutines than before a crowd came.
func (s *standalone) settle(before int) {
	s.t.Helper()
	begun := time.Now()
	until(s.ctx, s.t, fmt.Sprintf("%d goroutines", before), func() bool { return s.goroutines() <= before+5 })
	if took := time.Since(begun); took > time.Second+noise {
		s.t.Errorf("%d goroutines, as before, %v after the viewers have left, want 1 s", before, took)
	}
}
