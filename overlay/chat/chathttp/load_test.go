package chathttp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// T4: a thousand read, ten of them are stuck, fifty messages a second, beside a
// stream that is relayed.
func TestThousandReaders(t *testing.T) {
	require.Nightly(t)
	length := require.For(t, time.Minute)
	db, err := store.Open(t.Context(), store.Config{Folder: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	h := open(t, nil, func(c *chat.Config) { c.Store = db })
	v := relayed(t)

	before := v.during(t, length/2)
	idle := inUse()
	y := start(t, "-test.run=^TestYardstick$", yardstickTime+"="+length.String())
	c := start(t, "", crowdURL+"="+h.url, crowdTime+"="+length.String())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h.waitReaders(ctx, crowdReaders+crowdStuck)
	y.begin(t)
	c.begin(t)
	cut := make(chan time.Duration, 1)
	go func() {
		begun := time.Now()
		h.waitReaders(ctx, crowdReaders)
		cut <- time.Since(begun)
	}()
	with := v.during(t, length)
	each := (inUse() - idle) / (crowdReaders + crowdStuck)
	var got report
	var beside relaytest.Latency
	c.end(t, &got)
	y.end(t, &beside)

	t.Logf("chat: %+v; stuck ones cut after %v; %d bytes for each reader", got, <-cut, each)
	t.Logf("video: %v before, %v with the chat; %v in a process without", before, with, beside)
	if got.Posted < int(length.Seconds())*crowdRate*99/100 || got.Missing != 0 || got.Lost != 0 || got.Err != "" {
		t.Errorf("not all was delivered to all: %+v", got)
	}
	if got.P99 > 250*time.Millisecond {
		t.Errorf("delivery takes %v, want 250ms at most", got.P99)
	}
	if each > 64<<10 {
		t.Errorf("%d bytes for each reader, want 64 KiB at most", each)
	}
	// The crowd takes this machine's processors, which it would not do in life: a
	// relay of another process has as little of them.
	if most := max(before.P99, beside.P99)*6/5 + time.Millisecond; with.P99 > most {
		t.Errorf("video's p99 is %v with the chat, want %v at most", with.P99, most)
	}
}

// inUse is the memory of this process for objects and stacks, in bytes.
func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse + m.StackInuse)
}

// yardstickTime is the variable that makes TestYardstick measure, and for how long.
const yardstickTime = "HAWKER_CHAT_YARDSTICK_TIME"

// TestYardstick is a relay without a chat, in a process of its own: TestThousandReaders
// runs it.
func TestYardstick(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(yardstickTime))
	if err != nil {
		t.Skip("another test's yardstick")
	}
	v := relayed(t)
	_, _ = fmt.Fprintln(os.Stdout, "ready")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	must(t, err)
	must(t, json.NewEncoder(os.Stdout).Encode(v.during(t, length)))
}

// helper is this test's program as another process. It is ready, begins when it is
// told, and ends with a report.
type helper struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(t *testing.T, arg, env string, more ...string) *helper {
	t.Helper()
	h := &helper{cmd: exec.CommandContext(t.Context(), os.Args[0], arg)}
	h.cmd.Env = append(append(os.Environ(), env), more...)
	h.cmd.Stderr = os.Stderr
	var err error
	h.in, err = h.cmd.StdinPipe()
	must(t, err)
	out, err := h.cmd.StdoutPipe()
	must(t, err)
	must(t, h.cmd.Start())
	h.out = bufio.NewReader(out)
	if line, err := h.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("a helper says %q, %v", line, err)
	}
	return h
}

func (h *helper) begin(t *testing.T) {
	_, err := fmt.Fprintln(h.in)
	must(t, err)
}

func (h *helper) end(t *testing.T, report any) {
	t.Helper()
	line, err := h.out.ReadString('\n')
	must(t, err)
	must(t, json.Unmarshal([]byte(line), report))
	_, _ = io.Copy(io.Discard, h.out) // a test says that it has passed
	must(t, h.cmd.Wait())
}

// video is a stream that is relayed, with its way measured.
type video struct {
	encoder *relaytest.Encoder
	session *relaytest.Session
}

// relayed runs a relay in this process, as hawker does.
func relayed(t *testing.T) *video {
	t.Helper()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r, err := relay.New(relay.Config{RTMP: "127.0.0.1:0", Streams: []relay.Stream{{
		Name: "main", Key: secret.New("the-key-of-main"),
		Destinations: []relay.Destination{{Name: "d", Enabled: true, Target: rtmp.Target{Server: p.URL(), Key: secret.New("k")}}},
	}}}, relay.Options{})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Errorf("relay: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	<-r.Ready()
	e := relaytest.StartEncoder(ctx, t, relaytest.EncoderConfig{
		Target: rtmp.Target{Server: "rtmp://" + r.Addr().String() + "/live", Key: secret.New("the-key-of-main")}, Source: relaytest.Synthetic{BFrames: true}.Source(),
	})
	wait, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	session, err := p.WaitSession(wait, 1)
	must(t, err)
	return &video{e, session}
}

// during measures what is relayed in the time to come.
func (v *video) during(t *testing.T, length time.Duration) relaytest.Latency {
	t.Helper()
	begun := time.Now()
	select {
	case <-time.After(length):
	case <-t.Context().Done():
	}
	sent := map[any]time.Time{}
	for _, s := range v.encoder.Sent() {
		sent[s.Hash] = s.At
	}
	var took []time.Duration
	for _, m := range v.session.Messages() {
		if at, ok := sent[m.Hash]; ok && at.After(begun) {
			took = append(took, m.Arrived.Sub(at))
		}
	}
	if len(took) < int(length.Seconds())*30 {
		t.Fatalf("%d messages in %v", len(took), length)
	}
	slices.Sort(took)
	n := len(took)
	return relaytest.Latency{N: n, P50: took[n/2], P99: took[n*99/100], Max: took[n-1]}
}
