package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// disk is a store that outlives those who use it, and fails when told to.
type disk struct {
	mu       sync.Mutex // guards all
	unsure   bool       // writes are made, and said to have failed
	log      []overlay.Event
	state    []byte
	receipts map[string]overlay.Receipt
	broken   error
}

func (d *disk) Load(context.Context) (*overlay.State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &overlay.State{}
	if d.state != nil {
		if err := json.Unmarshal(d.state, s); err != nil {
			return nil, err
		}
	}
	return s.With(d.log[s.Seq:]...), d.broken
}

func (d *disk) Append(_ context.Context, events []overlay.Event, r *overlay.Receipt) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	for _, e := range events {
		if e.Seq != uint64(len(d.log)+1) {
			return errors.New("a gap in the log")
		}
		d.log = append(d.log, e)
	}
	if r != nil {
		d.receipts[r.Key] = *r
	}
	if d.unsure {
		return errors.New("the connection was lost")
	}
	return nil
}

func (d *disk) unsureIs(unsure bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsure = unsure
}

func (d *disk) Save(_ context.Context, s *overlay.State) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	d.state, err = json.Marshal(s)
	return err
}

func (d *disk) Receipt(_ context.Context, key string) (overlay.Receipt, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.receipts[key]
	return r, ok, d.broken
}

func (d *disk) breaks(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = err
}

func (d *disk) types() (out []overlay.EventType) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.log {
		out = append(out, e.Type)
	}
	return out
}

// room is a control with its disk, in a bubble of its own time.
type room struct {
	*control.Control
	t    *testing.T
	disk *disk
	conf control.Config
	stop func()
}

func open(t *testing.T, conf control.Config) *room {
	r := &room{t: t, disk: &disk{receipts: map[string]overlay.Receipt{}}, conf: conf}
	r.run()
	return r
}

// run starts the program, as after a crash if it ran before.
func (r *room) run() {
	r.t.Helper()
	r.conf.Store = r.disk
	c, err := control.New(r.conf)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Control = c
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	}
	<-c.Ready()
}

// ask does what follows, and fails the test if it cannot be done.
func (r *room) ask(decide func(*overlay.State, time.Time) ([]overlay.Event, error)) control.Result {
	r.t.Helper()
	result, err := r.Do(r.t.Context(), control.Request{Decide: decide})
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

func put(o overlay.Offer) func(*overlay.State, time.Time) ([]overlay.Event, error) {
	return func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.PutOffer(o, now) }
}

func start(id string) func(*overlay.State, time.Time) ([]overlay.Event, error) {
	return func(s *overlay.State, now time.Time) ([]overlay.Event, error) { return s.Start("main", id, nil, now) }
}

func offer(id string) overlay.Offer {
	return overlay.Offer{ID: id, Title: "Honey", Price: overlay.Money{Amount: 1250, Currency: "EUR"}, URL: "https://a.example", Duration: time.Minute, Disclosure: overlay.Own}
}

func (r *room) on() (ids []string) {
	for _, run := range r.State().Stages["main"].Runs {
		ids = append(ids, run.Offer.ID)
	}
	return ids
}

func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
