package chathttp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	dto "github.com/prometheus/client_model/go"
)

// connect opens a connection that follows a chat, and reads nothing of it. With
// small it has the least room for what it does not read.
func connect(ctx context.Context, url, stream, address string, small bool) (net.Conn, error) {
	dialer := net.Dialer{}
	if small {
		dialer.Control = func(_, _ string, c syscall.RawConn) error {
			var err error
			return errors.Join(c.Control(func(fd uintptr) { err = setReceiveBuffer(fd, 4096) }), err)
		}
	}
	conn, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "GET /%s/chat/events HTTP/1.1\r\nHost: chat\r\nX-Test-Address: %s\r\n\r\n", stream, address)
	return conn, err
}

// eventsOf reads the types and data of events until do says that it is enough.
func eventsOf(conn net.Conn, do func(kind, data string) bool) error {
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 2048), nil) //nolint:bodyclose // Close would read it to its end
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(make([]byte, 0, 2048), 1<<20)
	kind := ""
	for lines.Scan() {
		line := lines.Text()
		if k, ok := strings.CutPrefix(line, "event: "); ok {
			kind = k
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && do(kind, data) {
			return nil
		}
	}
	if lines.Err() != nil {
		return lines.Err()
	}
	return io.ErrUnexpectedEOF
}

// T4, small: those who read nothing are cut, and the others get everything.
func TestStuckReadersAreCut(t *testing.T) {
	const reading, stuck, messages = 90, 10, 30
	h := open(t, func(c *chathttp.Config) { c.Patience = time.Second })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stuckOnes []net.Conn
	for range stuck {
		conn, err := connect(ctx, h.url, "main", "192.0.2.1", true)
		must(t, err)
		defer func() { _ = conn.Close() }()
		stuckOnes = append(stuckOnes, conn)
	}
	var readers sync.WaitGroup
	got := make([][]string, reading)
	for i := range reading {
		conn, err := connect(ctx, h.url, "main", "192.0.2.2", false)
		must(t, err)
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		readers.Go(func() {
			defer func() { _ = conn.Close() }()
			err := eventsOf(conn, func(kind, data string) bool {
				if kind == "message" {
					got[i] = append(got[i], data[strings.Index(data, `"text":"`)+8:][:4])
				}
				return len(got[i]) == messages
			})
			if err != nil {
				t.Errorf("a reader: %v", err)
			}
		})
	}
	h.waitReaders(ctx, reading+stuck)
	for i := range messages { // 1.2 kB each
		_, err := h.desk.Say(ctx, "main", overlay.ChatHost, "", fmt.Sprintf("%04d", i)+strings.Repeat("🌶", 290))
		must(t, err)
	}
	readers.Wait()
	h.waitReaders(ctx, 0)
	for i := range got {
		for n := range messages {
			if n >= len(got[i]) || got[i][n] != fmt.Sprintf("%04d", n) {
				t.Fatalf("reader %d got %v", i, got[i])
			}
		}
	}
	if n := h.metric("hawker_chat_cut_total", "main"); n != stuck {
		t.Errorf("%v are counted as cut", n)
	}
	for _, conn := range stuckOnes {
		last := ""
		err := eventsOf(conn, func(_, data string) bool { last = data; return false })
		if err == nil || strings.Contains(last, fmt.Sprintf("%04d", messages-1)) {
			t.Errorf("one who was stuck is not cut: %v", err)
		}
	}
}

// waitReaders waits until so many read.
func (h *hall) waitReaders(ctx context.Context, n int) {
	h.t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		s, err := h.desk.Status("main")
		must(h.t, err)
		if s.Readers == n {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			h.t.Fatalf("%d read, want %d", s.Readers, n)
		}
	}
}

// metric is the value of a stream's series.
func (h *hall) metric(name, stream string) float64 {
	h.t.Helper()
	families, err := h.metrics.Gather()
	must(h.t, err)
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == name && labelled(m, "stream", stream) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	h.t.Fatalf("no metric %s of %s", name, stream)
	return 0
}

func labelled(m *dto.Metric, name, value string) bool {
	for _, l := range m.Label {
		if l.GetName() == name && l.GetValue() == value {
			return true
		}
	}
	return false
}
