package playback_test

import (
	"fmt"
	"net/http"
	"slices"
)

// follower reads a session as a player does: by blocking reload, part by part,
// alternately whole and as a delta.
type follower struct {
	g       *stage
	folder  string
	last    *playlist
	updates int
	deltas  int
	files   map[string]string // parts by their URI
	breaks  int
	whole   []segmentLine // all whole segments so far
}

func follow(g *stage) *follower {
	return &follower{g: g, folder: g.session(), files: map[string]string{}}
}

// step takes the next playlist. It is false after the last one.
func (f *follower) step() (more bool, err error) {
	query := ""
	if f.last != nil {
		segment, part := f.last.next()
		query = fmt.Sprintf("?_HLS_msn=%d&_HLS_part=%d", segment, part)
		if f.updates%2 == 1 {
			query += "&_HLS_skip=YES"
		}
	}
	w := f.g.get(f.folder + "stream.m3u8" + query)
	if w.Code != http.StatusOK {
		return false, fmt.Errorf("playlist %s: %d %s", query, w.Code, w.Body)
	}
	p, err := parsePlaylist(w.Body.String())
	if err != nil {
		return false, fmt.Errorf("%w in:\n%s", err, w.Body)
	}
	if err := f.take(p); err != nil {
		return false, fmt.Errorf("playlist %s: %w in:\n%s", query, err, w.Body)
	}
	return !p.end, nil
}

func (f *follower) take(p *playlist) error {
	f.updates++
	if p.skipped > 0 {
		f.deltas++
		if err := p.merge(f.last); err != nil {
			return err
		}
	}
	if err := p.check(); err != nil {
		return err
	}
	if err := p.checkDates(); err != nil {
		return err
	}
	if f.last != nil {
		if err := p.checkAfter(f.last); err != nil {
			return err
		}
	}
	if err := f.fetch(p); err != nil {
		return err
	}
	f.last = p
	return nil
}

// fetch gets each part once, and whole segments when they are: they must be
// their parts.
func (f *follower) fetch(p *playlist) error {
	known := 0
	if n := len(f.whole); n > 0 {
		known = slices.IndexFunc(p.segments, func(s segmentLine) bool { return s.uri == f.whole[n-1].uri }) + 1
	}
	hint := ""
	if f.last != nil {
		hint = f.last.hint
	}
	for i, s := range p.segments {
		if i < known {
			continue
		}
		together := ""
		for _, part := range s.parts {
			if f.files[part.uri] == "" {
				if hint != "" && part.uri != hint {
					return fmt.Errorf("%s comes next, the hint was %s", part.uri, hint)
				}
				hint = ""
				f.files[part.uri] = f.g.fetch(f.folder + part.uri)
			}
			together += f.files[part.uri]
		}
		if !s.whole {
			continue
		}
		if got := f.g.fetch(f.folder + s.uri); len(s.parts) > 0 && got != together {
			return fmt.Errorf("%s has %d bytes, its parts have %d", s.uri, len(got), len(together))
		}
		if s.discontinuity {
			f.breaks++
		}
		f.whole = append(f.whole, s)
	}
	return nil
}

// all follows to the end.
func (f *follower) all() {
	f.g.t.Helper()
	for more := true; more; {
		var err error
		if more, err = f.step(); err != nil {
			f.g.t.Fatal(err)
		}
	}
}
