package watch

import (
	"crypto/rand"
	"encoding/hex"
	"html/template"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/overlay/pages"
)

// Server serves the pages.
type Server struct {
	conf     Config
	boot     string // of this run of the program
	settings atomic.Pointer[settings]
	changed  chan struct{} // rung when other settings are in force
	lives    *lives
	places   *places
	names    *names
	stories  *stories
	metrics  *metrics

	mu    sync.Mutex // guards rooms
	rooms map[string]*room
}

// New checks conf and starts nothing. Pages work while Run does.
func New(conf Config) (*Server, error) {
	if err := conf.complete(); err != nil {
		return nil, err
	}
	var boot [6]byte
	_, _ = rand.Read(boot[:]) // it never fails
	s := &Server{
		conf: conf, boot: hex.EncodeToString(boot[:]), changed: make(chan struct{}, 1),
		lives: newLives(), places: newPlaces(), names: newNames(), stories: newStories(), rooms: map[string]*room{},
	}
	if err := s.Apply(conf.Settings); err != nil {
		return nil, err
	}
	var err error
	s.metrics, err = newMetrics(s, conf.Registerer)
	return s, err
}

// settings are Settings in force, which never change, and what follows from
// them.
type settings struct {
	Settings
	assets    pages.Files
	version   string // of all that makes up a page
	pages     map[string]*renderedPage
	gone      []byte // the page for what there is not
	templates *template.Template
	origins   *http.CrossOriginProtection // lets this server's own pages write
}

func (s *settings) page(stream string) *Stream {
	i := slices.IndexFunc(s.Streams, func(p Stream) bool { return p.Name == stream })
	if i < 0 {
		return nil
	}
	return &s.Streams[i]
}

// Apply puts settings into force, or nothing when something is wrong with them.
// Pages that are open show what is new in them when they are idle.
func (s *Server) Apply(conf Settings) error {
	if err := conf.Check(); err != nil {
		return err
	}
	conf.Streams, conf.Brand.Links = slices.Clone(conf.Streams), slices.Clone(conf.Brand.Links)
	next := &settings{Settings: conf, assets: assetsOf(&conf.Brand), origins: http.NewCrossOriginProtection()}
	if conf.URL != "" {
		_ = next.origins.AddTrustedOrigin(conf.URL) // one with a path is no origin
	}
	next.version = versionOf(next)
	if err := next.render(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings.Store(next)
	for name, r := range s.rooms {
		if next.page(name) == nil {
			r.close()
			delete(s.rooms, name)
		}
	}
	for _, p := range next.Streams {
		if s.rooms[p.Name] == nil {
			s.rooms[p.Name] = newRoom(p.Name, s.boot)
		}
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return nil
}

func (s *Server) room(stream string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[stream]
}

// each does something with every room.
func (s *Server) each(do func(*room)) {
	s.mu.Lock()
	rooms := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	for _, r := range rooms {
		do(r)
	}
}

// Audience tells how a stream is watched on its page; false when it has none.
func (s *Server) Audience(stream string) (Audience, bool) {
	r := s.room(stream)
	if r == nil {
		return Audience{}, false
	}
	return r.report(time.Now()), true
}
