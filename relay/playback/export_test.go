package playback

import (
	"bytes"
	"log/slog"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// ParseDirectives and ParseFile are for fuzzing.
var (
	ParseDirectives = func(query string) error { _, err := parseDirectives(query); return err }
	ParseFile       = parseFile
)

// Pack packages packets, and returns all that a feed from the first keyframe on
// would get, and the playlist at the end, as it was before that was said.
func Pack(packets []media.Packet) (feed []byte, playlist string, err error) {
	conf := Config{Stream: "main", Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(nil)}
	s := newShelf(choose(stream.Stats{}), 64<<20)
	p := newPackager(s, &conf)
	var out bytes.Buffer
	var next uint64
	var last *header
	take := func() {
		for fragments, _, _ := s.after(next); len(fragments) > 0; fragments, _, _ = s.after(next) {
			for _, f := range fragments {
				if f.header != last {
					last = f.header
					out.Write(last.data)
				}
				out.Write(f.data)
				next = f.number + 1
			}
		}
	}
	for i := range packets {
		if err = p.take(&packets[i]); err != nil {
			break
		}
		take()
	}
	p.finish()
	take()
	s.mu.Lock()
	defer s.mu.Unlock()
	return out.Bytes(), string(s.playlist(false)), err
}

// Packaging returns what packages the packets of one stream, one by one.
func Packaging() (take func(*media.Packet) error) {
	conf := Config{Stream: "main", Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(nil)}
	return newPackager(newShelf(choose(stream.Stats{}), 8<<20), &conf).take
}
