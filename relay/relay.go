package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
)

// Relay is the media plane.
type Relay struct {
	opts    Options
	metrics metrics
	server  *rtmp.Server
	doors   *listeners
	guesses *guesses

	initial Config
	changes chan change
	ready   chan struct{}
	stopped chan struct{}

	recorders sync.WaitGroup // of all streams, those that were removed too

	mu       sync.Mutex // guards the rest; only Run writes
	order    []string   // stream names as configured
	channels map[string]*running
}

// change is a configuration on its way to Run, and its result.
type change struct {
	conf   Config
	result chan error
}

// running is a channel with its goroutine.
type running struct {
	*channel
	stop context.CancelFunc
	done chan struct{}
}

// errShutdown ends sessions when the relay stops.
var errShutdown = &rtmp.Refusal{Code: rtmp.CodeRejected, Description: "the relay is shutting down"}

// New checks conf and starts nothing.
func New(conf Config, opts Options) (*Relay, error) {
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Dialer == nil {
		opts.Dialer = destination.RTMP(&rtmp.Dialer{Version: opts.Version, Logger: opts.Logger})
	}
	opts.Dialer = destination.Pace(opts.Dialer) // one pace for the destinations of all streams
	r := &Relay{
		opts: opts, metrics: newMetrics(opts.Registerer), guesses: newGuesses(),
		initial: conf, changes: make(chan change), ready: make(chan struct{}), stopped: make(chan struct{}),
		channels: map[string]*running{},
	}
	server, err := rtmp.NewServer(rtmp.ServerConfig{Publish: r.publish, Logger: opts.Logger, Metrics: r.metrics.rtmp})
	if err != nil {
		return nil, err
	}
	r.server, r.doors = server, newListeners(server)
	if opts.Registerer != nil {
		opts.Registerer.MustRegister(lives{r}, preflightMetrics{r})
	}
	return r, nil
}

// Run listens and relays until ctx ends; then it tells every destination that
// the broadcast has ended, and returns when all is done. An address that cannot
// be listened on is an error at once.
func (r *Relay) Run(ctx context.Context) error {
	defer close(r.stopped)
	// Sessions and destinations outlive ctx by the time that a goodbye takes.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer r.doors.wg.Wait()
	defer cancel()
	if err := r.change(work, r.initial); err != nil {
		return err
	}
	close(r.ready)
	for {
		select {
		case c := <-r.changes:
			c.result <- r.change(work, c.conf)
		case <-ctx.Done():
			r.doors.commit(work, nil, nil)
			r.shutdown()
			r.recorders.Wait()
			return nil
		}
	}
}

// Apply changes a running relay to conf. What is the same by name is not
// touched: a changed destination reconnects alone, a changed key counts from
// the next connection on. After an error nothing has changed. Before Run it
// waits for Run.
func (r *Relay) Apply(conf Config) error {
	c := change{conf, make(chan error, 1)}
	select {
	case r.changes <- c:
		return <-c.result
	case <-r.stopped:
		return errors.New("the relay has stopped")
	}
}

// Ready is closed when the relay listens.
func (r *Relay) Ready() <-chan struct{} { return r.ready }

// Addr is where RTMP is listened for; nil when it is not.
func (r *Relay) Addr() net.Addr {
	a, _ := r.doors.addresses()
	return a
}

// AddrTLS is where RTMPS is listened for; nil when it is not.
func (r *Relay) AddrTLS() net.Addr {
	_, a := r.doors.addresses()
	return a
}

// change is Apply's work, done by Run alone: first all that can fail, then what
// cannot.
func (r *Relay) change(ctx context.Context, conf Config) error {
	if err := conf.Validate(); err != nil {
		return err
	}
	fresh, err := r.doors.prepare(doors(conf))
	if err != nil {
		return err
	}
	added, err := r.create(conf)
	if err != nil {
		discard(fresh)
		return err
	}
	r.adopt(ctx, conf, added)
	r.doors.commit(ctx, doors(conf), fresh)
	return nil
}

// create makes the channels that are new in conf, without starting them.
func (r *Relay) create(conf Config) (map[string]*channel, error) {
	added := map[string]*channel{}
	for _, s := range conf.Streams {
		if r.channels[s.Name] != nil {
			continue
		}
		c, err := r.newChannel(s)
		if err != nil {
			for _, c := range added {
				c.stream.Close()
			}
			return nil, err
		}
		added[s.Name] = c
	}
	return added, nil
}

func (r *Relay) newChannel(s Stream) (*channel, error) {
	log := r.opts.Logger.With("stream", s.Name)
	st, err := stream.New(stream.Config{Name: s.Name, Metrics: r.metrics.stream})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	c := &channel{name: s.Name, logger: log, stream: st, conf: s, encoders: map[Role]*ingest{}, state: Idle, since: time.Now(), tell: r.opts.OnBroadcast}
	c.set, err = destination.NewSet(destination.SetConfig{
		Stream: s.Name, Feed: feed{st}, Dialer: r.opts.Dialer, Logger: r.opts.Logger, Metrics: r.metrics.destination,
	})
	c.record = newRecording(&r.recorders, func(settings record.Settings) (*record.Recorder, error) {
		return record.New(record.Config{Stream: s.Name, Settings: settings, Feed: st, Logger: r.opts.Logger, Metrics: r.metrics.record})
	})
	if err == nil {
		err = c.update(s)
	}
	if err != nil {
		st.Close()
		return nil, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	return c, nil
}

// adopt makes conf the one that runs: removed streams end, new ones start, the
// others are updated.
func (r *Relay) adopt(ctx context.Context, conf Config, added map[string]*channel) {
	r.mu.Lock()
	var removed []*running
	var names []string
	for _, s := range conf.Streams {
		names = append(names, s.Name)
	}
	for name, c := range r.channels {
		if !slices.Contains(names, name) {
			removed = append(removed, c)
			delete(r.channels, name)
		}
	}
	for _, s := range conf.Streams {
		if c := added[s.Name]; c != nil {
			r.channels[s.Name] = start(ctx, c)
		} else if err := r.channels[s.Name].update(s); err != nil {
			// Validate has passed what update checks.
			r.opts.Logger.Error("a stream's change could not be applied", "stream", s.Name, "err", err)
		}
	}
	r.order = names
	r.mu.Unlock()
	for _, c := range removed {
		c.end(&rtmp.Refusal{Code: rtmp.CodeDenied, Description: "this stream was removed from the configuration"})
	}
}

func start(ctx context.Context, c *channel) *running {
	ctx, stop := context.WithCancel(ctx)
	run := &running{channel: c, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(run.done)
		_ = c.run(ctx)
	}()
	return run
}

// end turns the publisher out, lets the destinations say goodbye and waits.
func (c *running) end(reason error) {
	c.close(reason)
	c.stop()
	<-c.done
}

// shutdown ends all streams side by side. They stay in sight until the end.
func (r *Relay) shutdown() {
	r.mu.Lock()
	all := slices.Collect(maps.Values(r.channels))
	r.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() { c.end(errShutdown) })
	}
	wg.Wait()
}

// publish decides on a publisher by its key alone.
func (r *Relay) publish(ctx context.Context, req rtmp.Request, end func(error)) (rtmp.Ingest, error) {
	addr, now := req.Remote.Addr(), time.Now()
	if r.guesses.exhausted(addr, now) {
		return nil, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "too many wrong stream keys from this address; wait a minute"}
	}
	if c, role := r.byKey(req); c != nil {
		return c.admit(ctx, req, role, end)
	}
	r.guesses.wrong(addr, now)
	r.opts.Logger.Warn("an encoder with a wrong stream key was turned away", "remote", req.Remote.String(), "encoder", req.Encoder)
	return nil, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "wrong stream key: copy it again from the relay's configuration into the encoder"}
}

// byKey compares with every stream's keys, whichever matches.
func (r *Relay) byKey(req rtmp.Request) (found *channel, as Role) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.channels {
		if role, ok := c.roleOf(req.Key); ok {
			found, as = c.channel, role
		}
	}
	return found, as
}
