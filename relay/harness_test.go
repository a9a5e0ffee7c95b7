package relay_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

// TestMain runs more tests at once than there are processors: most of the time
// they wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// small is a stream that costs little: 0.8 Mb/s with a keyframe each second.
var small = relaytest.Synthetic{GOP: time.Second, VideoBitrate: 800_000}

// noise is what a test allows on top of a promise, for a busy machine and the
// race detector. The promises themselves hold on a quiet one.
const noise = time.Second

// rig is a relay that runs, and what it says of itself.
type rig struct {
	*relay.Relay
	t       *testing.T
	conf    relay.Config
	log     *journal
	metrics *prometheus.Registry
	stop    func() error // ends Run and returns its result
}

// start runs a relay until the test ends, with the usual options, changed as
// the test likes. It is ready, and whatever it does, it must not tell a key.
func start(t *testing.T, conf relay.Config, change ...func(*relay.Options)) *rig {
	t.Helper()
	r := prepare(t, conf, change...)
	r.run()
	return r
}

// prepare is start without the running.
func prepare(t *testing.T, conf relay.Config, change ...func(*relay.Options)) *rig {
	t.Helper()
	if conf.RTMP == "" && conf.RTMPS == nil {
		conf.RTMP = "127.0.0.1:0"
	}
	r := &rig{t: t, conf: conf, log: &journal{}, metrics: prometheus.NewRegistry()}
	logger := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	opts := relay.Options{Version: "test", Logger: logger, Registerer: r.metrics}
	for _, f := range change {
		f(&opts)
	}
	var err error
	r.Relay, err = relay.New(conf, opts)
	must(t, err)
	return r
}

// run runs the relay until the test ends.
func (r *rig) run() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	r.t.Cleanup(r.end)
	select {
	case <-r.Ready():
	case err := <-done:
		done <- err
		r.t.Fatalf("Run: %v", err)
	}
}

func (r *rig) end() {
	told := r.tells()
	if err := r.stop(); err != nil {
		r.t.Errorf("Run: %v", err)
	}
	checkSecrecy(r.t, told+r.log.String())
	if r.t.Failed() {
		r.t.Logf("the relay's log:\n%s", r.log)
	}
}

// live runs a relay with one stream, main, for destinations.
func live(t *testing.T, destinations ...relay.Destination) *rig {
	t.Helper()
	return start(t, relay.Config{Streams: []relay.Stream{stream("main", destinations...)}})
}

func stream(name string, destinations ...relay.Destination) relay.Stream {
	return relay.Stream{Name: name, Key: key(name), Hold: time.Minute, StopGrace: time.Second, Destinations: destinations}
}

// to is a destination that publishes to p.
func to(name string, p *relaytest.Platform) relay.Destination {
	return relay.Destination{Name: name, Enabled: true, Target: rtmp.Target{Server: p.URL(), Key: key("to-" + name)}}
}

// ingest is where an encoder publishes a stream to.
func (r *rig) ingest(name string) rtmp.Target {
	return rtmp.Target{Server: "rtmp://" + r.Addr().String() + "/live", Key: key(name)}
}

// encode starts an encoder, by default of small to the stream main.
func (r *rig) encode(conf relaytest.EncoderConfig) *relaytest.Encoder {
	r.t.Helper()
	if conf.Target.Server == "" {
		conf.Target = r.ingest("main")
	}
	if conf.Source == nil {
		conf.Source = small.Source()
	}
	return relaytest.StartEncoder(r.t.Context(), r.t, conf)
}

// encodeTo is encode, but the encoder waits in its first group of pictures until
// platforms are there, so that nothing is before they came.
func (r *rig) encodeTo(conf relaytest.EncoderConfig, platforms ...*relaytest.Platform) *relaytest.Encoder {
	r.t.Helper()
	e := r.encode(conf)
	must(r.t, e.WaitSent(within(r.t, 10*time.Second), 5))
	e.Pause()
	for _, p := range platforms {
		s := session(r.t, p, 1)
		if sentKeyframe(e) { // and they have begun with it: what piles up meanwhile may hold the next one
			must(r.t, s.WaitMessages(within(r.t, 20*time.Second), 1))
		}
	}
	e.Resume()
	return e
}

func sentKeyframe(e *relaytest.Encoder) bool {
	return slices.ContainsFunc(e.Sent(), func(m relaytest.Sent) bool { return m.Keyframe })
}

// status is that of a destination of the first stream.
func (r *rig) status(name string) destination.Status {
	for _, d := range r.Status()[0].Destinations {
		if d.Name == name {
			return d.Status
		}
	}
	return destination.Status{}
}

// journal is a log in memory.
type journal struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within is a context for something that must happen in time.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for what only looking again can tell, such as a status.
func eventually(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for late := within(t, limit); !done(); {
		select {
		case <-ticker.C:
		case <-late.Done():
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// session waits for a platform's nth session.
func session(t *testing.T, p *relaytest.Platform, n int) *relaytest.Session {
	t.Helper()
	s, err := p.WaitSession(within(t, 20*time.Second), n)
	must(t, err)
	return s
}

// reach waits until a session's clock has come to ms.
func reach(t *testing.T, s *relaytest.Session, ms uint32) {
	t.Helper()
	limit := time.Duration(ms)*time.Millisecond + 20*time.Second
	must(t, s.Wait(within(t, limit), func(s *relaytest.Session) bool {
		last, ok := s.Last()
		return ok && last.Time >= ms
	}))
}

// stays tells that a session neither ends nor hears a goodbye for d.
func stays(t *testing.T, s *relaytest.Session, d time.Duration) {
	t.Helper()
	if err := s.WaitGoodbye(within(t, d)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the session was to stay as it is for %v: goodbye %v, %v", d, s.Goodbye(), err)
	}
}

// key is a stream key that checkSecrecy finds wherever it is told.
func key(name string) secret.Secret { return secret.New(marker + "-" + name + "/+?a=1&b=2") }
