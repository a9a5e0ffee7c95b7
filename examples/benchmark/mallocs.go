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
	url           string
	client        *http.Client
	cost, at, sum float64
}

const (
	mallocQuestions = 8
	// mallocMessages is from how many messages on the error is below 0.1 for each.
	mallocMessages = 10_000
)

// allocations is how many the relay makes for each message that is delivered;
// nil if that cannot be told, as with too few messages. It takes a time of its
// own, since the questions cost CPU and memory that are not to be measured.
func (m *measurement) allocations(ctx context.Context, expected int64) (*float64, error) {
	if m.relay.metrics == "" || expected < mallocMessages {
		return nil, nil
	}
	c := &mallocs{url: "http://" + m.relay.metrics + "/metrics", client: &http.Client{Timeout: 5 * time.Second}}
	defer c.client.CloseIdleConnections()
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	before := m.sinks.tally.messages.Load()
	if err := wait(ctx, m.seconds); err != nil {
		return nil, err
	}
	n := m.sinks.tally.messages.Load() - before
	if err := c.end(ctx); err != nil || n == 0 {
		return nil, err
	}
	each := c.sum / float64(n)
	return &each, nil
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
	return err
}

func (m *mallocs) ask(ctx context.Context) (float64, error) {
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
