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
// allocates, too: what one question costs is found by asking twice, and taken off.
type mallocs struct {
	url           string // empty: the relay does not tell
	client        *http.Client
	cost, at, sum float64
}

func newMallocs(address string) *mallocs {
	m := &mallocs{client: &http.Client{Timeout: 5 * time.Second}}
	if address != "" {
		m.url = "http://" + address + "/metrics"
	}
	return m
}

func (m *mallocs) begin(ctx context.Context) error {
	var asked [3]float64
	for i := range asked { // the first time pays for the connection
		var err error
		if asked[i], err = m.ask(ctx); err != nil {
			return err
		}
	}
	m.cost, m.at = asked[2]-asked[1], asked[2]
	return nil
}

func (m *mallocs) end(ctx context.Context) error {
	now, err := m.ask(ctx)
	m.sum = max(0, now-m.at-m.cost)
	m.client.CloseIdleConnections()
	return err
}

// per is the allocations for each of n messages; nil where they are not known.
func (m *mallocs) per(n int64) *float64 {
	if m.url == "" || n == 0 {
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
