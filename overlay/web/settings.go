package web

import (
	"slices"
	"strings"

	"github.com/hawker-live/hawker/overlay/pages"
)

// settings are Settings in force, which never change, and what follows from
// them.
type settings struct {
	Settings
	assets pages.Files // scripts and styles by name
	pages  map[string][]byte
	// version names all that makes up a page: one that shows another loads
	// itself again.
	version string
	// replaced is closed when other settings are in force.
	replaced chan struct{}
}

// Places of short links that are no destinations: the watch page, the overlay's
// code, and a code that the host shows elsewhere.
var ownPlaces = []string{"watch", "overlay", "qr"}

// otherPlace is what a place that nobody knows is counted as.
const otherPlace = "other"

// Apply puts settings into force, or nothing when something is wrong with them.
// Overlays that are open follow by themselves.
func (s *Server) Apply(conf Settings) error {
	if err := conf.Check(); err != nil {
		return err
	}
	next := &settings{Settings: conf, assets: assetsOf(conf.CSS), replaced: make(chan struct{})}
	next.Streams, next.Attribution = slices.Clone(conf.Streams), slices.Clone(conf.Attribution)
	next.version = next.assets.Version([]byte(conf.URL))
	next.pages = pagesOf(next)
	before := s.settings.Swap(next)
	if before != nil {
		close(before.replaced)
	}
	s.clients.follow(next)
	return nil
}

// has tells whether a stream has an overlay.
func (s *settings) has(stream string) bool {
	return slices.ContainsFunc(s.Streams, func(other Stream) bool { return other.Name == stream })
}

// place is what a link's destination is counted as: strangers choose what stands
// in a URL, and must not make rows and series. Phones write capitals, as they do in
// the offer's name.
func (s *settings) place(destination string) string {
	if destination == "" {
		return ""
	}
	likely := otherPlace
	places := ownPlaces
	for i := 0; ; i++ {
		for _, name := range places {
			if name == destination {
				return name
			}
			if likely == otherPlace && strings.EqualFold(name, destination) {
				likely = name
			}
		}
		if i == len(s.Streams) {
			return likely
		}
		places = s.Streams[i].Destinations
	}
}

// shows tells whether links of a place may have been seen on this stream.
func (s *Stream) shows(place string) bool {
	return slices.Contains(s.Destinations, place) || place == "" || slices.Contains(ownPlaces, place)
}
