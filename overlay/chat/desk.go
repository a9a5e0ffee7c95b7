package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/prometheus/client_golang/prometheus"
)

// Store keeps what must last: a *store.Store.
type Store interface {
	// LoadChat returns what was kept: the latest messages of each stream, and all
	// the rest.
	LoadChat(ctx context.Context, messages int) (overlay.ChatKept, error)
	// WriteChat makes changes in their order: all or none, and safe when it
	// returns.
	WriteChat(ctx context.Context, changes []overlay.ChatChange) error
	// PruneChat deletes messages that are older than before, and sanctions that
	// have ended by now.
	PruneChat(ctx context.Context, before, now time.Time) error
	// DaySalt is the salt of a day (UTC), which is thrown away after it.
	DaySalt(ctx context.Context, day string) ([]byte, error)
}

// Stream is a stream that has a chat.
type Stream struct {
	Name string
	// Host is the nickname that only the host has, as CheckHost takes it; empty is
	// the stream's name.
	Host string
	// Slow is the slow mode, 0 to MaxSlow, until a moderator sets another one.
	Slow time.Duration
	// BlockedWords are blocked besides those that moderators block.
	BlockedWords []string
}

// Config is what a Desk needs; all may be empty.
type Config struct {
	// Store is nil to keep nothing beyond the program's end.
	Store   Store
	Streams []Stream
	// Retention is how long messages are kept, 1 minute to MaxRetention; 0 is
	// DefaultRetention.
	Retention time.Duration
	Logger    *slog.Logger
	// Registerer gets the metrics; nil gets none.
	Registerer prometheus.Registerer
}

// Desk is the chats of all streams.
type Desk struct {
	conf    Config
	metrics *metrics
	ready   chan struct{}
	done    chan struct{}
	work    chan struct{} // there is something to write
	news    chan struct{} // there is something to tell

	mu      sync.Mutex // guards the rest, and all that is in rooms
	loaded  bool
	rooms   map[string]*room
	parked  map[string]*room // of streams that are not configured now
	queue   []*entry         // to be written
	flying  []*entry         // being written
	lastID  uint64
	day     string // UTC
	salt    []byte // of day
	readers map[netip.Prefix]int
	all     int // readers
	erasers map[netip.Prefix]*bucket
	spare   bucket // shared by those for whom erasers has no room
	owed    int    // how many are unsaved

	// Run's own.
	unsaved []overlay.ChatChange // in force, and not in the store yet
	told    string               // the store's last failure that was logged
	pruned  time.Time
}

// New checks conf and starts nothing.
func New(conf Config) (*Desk, error) {
	if conf.Retention == 0 {
		conf.Retention = DefaultRetention
	}
	if conf.Retention < time.Minute || conf.Retention > MaxRetention {
		return nil, fmt.Errorf("chat: messages are kept for 1m to %v, not %v", MaxRetention, conf.Retention)
	}
	if conf.Store == nil {
		conf.Store = nothing{}
	}
	if conf.Logger == nil {
		conf.Logger = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics(conf.Registerer)
	if err != nil {
		return nil, fmt.Errorf("chat: %w", err)
	}
	d := &Desk{
		conf: conf, metrics: m, ready: make(chan struct{}), done: make(chan struct{}), work: make(chan struct{}, 1), news: make(chan struct{}, 1),
		rooms: map[string]*room{}, parked: map[string]*room{}, readers: map[netip.Prefix]int{}, erasers: map[netip.Prefix]*bucket{},
	}
	return d, d.Apply(conf.Streams)
}

var streamName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// checked is the streams by name, with their hosts.
func checked(streams []Stream) (map[string]Stream, error) {
	out := map[string]Stream{}
	for _, s := range streams {
		if !streamName.MatchString(s.Name) {
			return nil, fmt.Errorf("chat of stream %q: a name is 1 to 64 of A-Z a-z 0-9 _ -", s.Name)
		}
		if s.Host == "" {
			s.Host = s.Name[:min(len(s.Name), MaxNickname)]
		}
		_, err := newFilter(s.BlockedWords)
		if err = errors.Join(CheckHost(s.Host), err); err != nil {
			return nil, fmt.Errorf("chat of stream %s: %w", s.Name, err)
		}
		if s.Slow < 0 || s.Slow > MaxSlow {
			return nil, fmt.Errorf("chat of stream %s: slow mode is 0s to %v, not %v", s.Name, MaxSlow, s.Slow)
		}
		s.Host, _ = CleanNickname(s.Host)
		s.BlockedWords = slices.Clone(s.BlockedWords)
		out[s.Name] = s
	}
	return out, nil
}

// CheckHost tells what is wrong with a host's name.
func CheckHost(name string) error {
	if _, err := CleanNickname(name); err != nil {
		return fmt.Errorf("the host's name %q: %w", name, err)
	}
	if len(guises(name)) == 0 {
		return fmt.Errorf("the host's name %q needs a letter or a digit, or it cannot be protected", name)
	}
	return nil
}

// Check tells what Apply would find wrong.
func (d *Desk) Check(streams []Stream) error {
	_, err := checked(streams)
	return err
}

// Apply says which streams have a chat now. Readers of others are cut; what was
// set for them is there again when they are.
func (d *Desk) Apply(streams []Stream) error {
	wanted, err := checked(streams)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, r := range d.rooms {
		if _, stays := wanted[name]; !stays {
			r.feed.close()
			delete(d.rooms, name)
			d.parked[name] = r
			d.metrics.end(name)
		}
	}
	for name, s := range wanted {
		r := d.rooms[name]
		if r == nil {
			r = d.open(name)
		}
		before := r.settings.SlowSeconds
		r.follow(s)
		if now := r.settings; now.SlowSeconds != before {
			d.tell(r, oneFrame("mode", mode{now.Enabled, now.SlowSeconds}))
		}
	}
	return nil
}

// open opens a room, with what is known of it. The caller holds mu.
func (d *Desk) open(name string) *room {
	r := d.parked[name]
	if r == nil {
		r = d.newRoom(name)
	}
	delete(d.parked, name)
	r.feed = &feed{}
	d.rooms[name] = r
	d.metrics.begin(name)
	return r
}

func (d *Desk) newRoom(name string) *room {
	r := newRoom(Stream{Name: name}, &feed{})
	r.newDay(d.day, d.salt)
	return r
}

// known is the room of a stream, configured or not. The caller holds mu.
func (d *Desk) known(name string) *room {
	if r := d.rooms[name]; r != nil {
		return r
	}
	r := d.parked[name]
	if r == nil {
		r = d.newRoom(name)
		d.parked[name] = r
	}
	return r
}

// everyRoom calls do for each room there is. The caller holds mu.
func (d *Desk) everyRoom(do func(*room)) {
	for _, rooms := range []map[string]*room{d.rooms, d.parked} {
		for _, r := range rooms {
			do(r)
		}
	}
}

// Retention is how long messages are kept.
func (d *Desk) Retention() time.Duration { return d.conf.Retention }

// Ready is closed when what was kept has been read.
func (d *Desk) Ready() <-chan struct{} { return d.ready }

// ErrNoStream is for a stream that has no chat.
var ErrNoStream = errors.New("no stream with a chat has this name: the configuration gives a stream one with chat: true")

// nothing is the store of those who want none.
type nothing struct{}

func (nothing) LoadChat(context.Context, int) (overlay.ChatKept, error) {
	return overlay.ChatKept{}, nil
}
func (nothing) WriteChat(context.Context, []overlay.ChatChange) error      { return nil }
func (nothing) PruneChat(context.Context, time.Time, time.Time) error      { return nil }
func (nothing) DaySalt(_ context.Context, _ string) (salt []byte, _ error) { return newSalt(), nil }
