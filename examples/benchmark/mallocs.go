package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// mallocs counts the allocations of a relay that has Prometheus metrics. Asking
// allocates, too: what a question costs is found by asking many times, and taken
// off. Go's runtime counts small objects by the span, so that the difference of
// two answers is a thousand off or so.
type mallocs struct {
	url           string // empty: the relay does not tell
	client        *http.Client
	cost, at, sum float64
}

const (
	mallocQuestions = 8
	// mallocMessages is from how many messages on the error is below 0.1 for each.
	mallocMessages = 10_000
)

func newMallocs(address string) *mallocs {
	m := &mallocs{client: &http.Client{Timeout: 5 * time.Second}}
	if address != "" {
		m.url = "http://" + address + "/metrics"
	}
	return m
}

func (m *mallocs) begin(ctx context.Context) error {
	first, err := m.ask(ctx)
	m.at = first
	for range mallocQuestions {
		if err == nil {
			m.at, err = m.ask(ctx)
		}
	}
	m.cost = (m.at - first) / mallocQuestions
	return err
}

func (m *mallocs) end(ctx context.Context) error {
	now, err := m.ask(ctx)
	m.sum = max(0, now-m.at-m.cost)
	m.client.CloseIdleConnections()
	return err
}

// per is the allocations for each of n messages; nil where that is not known.
func (m *mallocs) per(n int64) *float64 {
	if m.url == "" || n < mallocMessages {
		return nil
	}
	each := m.sum / float64(n)
	return &each
}

func (m *mallocs) ask(ctx context.Context) (float64, error) {
	if m.url == "" {
		return 0, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url, nil)
	if err != nil {
		return 0, err
	}
	res, err := m.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	value := math.NaN()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			value, err = strconv.ParseFloat(text, 64)
		}
	}
	if err == nil && math.IsNaN(value) {
		err = fmt.Errorf("%s has no go_memstats_mallocs_total", m.url)
	}
	return value, err
}
