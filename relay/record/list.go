package record

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Summary is what a list says of a show.
type Summary struct {
	// Date names the show: when it began, 2026-11-26T19-30-05Z; or a day,
	// 2026-11-26, for all that began on it (UTC).
	Date    string    `json:"date"`
	Started time.Time `json:"started"`
	// Length is from the beginning of the first part to the end of the last as the
	// clock went, in ms.
	Length int64 `json:"duration_ms"`
	Bytes  int64 `json:"bytes"`
	// Count is how many parts there are.
	Count int `json:"parts_count"`
	// Playable is whether browsers play all of it.
	Playable bool `json:"playable"`
	// Running is whether more is to come.
	Running bool `json:"running"`
}

// Show is a recorded broadcast, or what was recorded on one day.
type Show struct {
	Summary
	Stream string  `json:"stream"`
	Parts  []Piece `json:"parts"`
}

// Piece is a part in a show.
type Piece struct {
	// File is the part's name where it is played, for Open: it ends in .mp4, also
	// if it was recorded as FLV.
	File string `json:"file"`
	Part
	// Running is whether more is to come. Length and Bytes are as of now then,
	// and Length is a guess.
	Running bool `json:"running"`
}

// listFor is for how long a list is good.
const listFor = time.Second

// lately is what pieces says, or has said a moment ago.
func (s *Shelf) lately(stream string) ([]Piece, error) {
	if s.folder(stream) == "" { // nothing is kept of names that strangers make up
		return nil, fmt.Errorf("recordings of stream %q: %w", stream, ErrNotFound)
	}
	if l := s.last(stream); time.Since(l.at).Abs() <= listFor {
		return l.pieces, nil
	}
	pieces, err, _ := s.listing.Do(stream, func() (any, error) {
		pieces, err := s.pieces(stream)
		if err == nil {
			s.mu.Lock()
			s.listed[stream] = list{time.Now(), pieces}
			s.mu.Unlock()
		}
		return pieces, err
	})
	return pieces.([]Piece), err
}

func (s *Shelf) last(stream string) list {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listed[stream]
}

// pieces are the stream's parts, oldest first. Those whose file is gone are left
// out. A stream of which nothing is recorded yet has none.
func (s *Shelf) pieces(stream string) ([]Piece, error) {
	dir, err := s.open(stream)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	parts, err := dir.parts()
	if err != nil {
		return nil, err
	}
	var out []Piece
	for _, p := range parts {
		if piece, err := dir.look(p); err == nil {
			out = append(out, piece)
		}
	}
	return out, nil
}

// look sees how a part's file is.
func (f *folder) look(p Part) (Piece, error) {
	piece := Piece{File: p.played(), Part: p}
	file, err := f.openData(p)
	if err != nil {
		return piece, err
	}
	defer func() { _ = file.Close() }()
	if p.Complete {
		return piece, nil
	}
	info, err := file.Stat()
	if err != nil {
		return piece, err
	}
	piece.Running = locked(file)
	piece.Bytes = info.Size()
	piece.Length = max(0, info.ModTime().Sub(p.Started).Milliseconds())
	return piece, nil
}

// summarize tells of parts that belong together, of which there are some.
func summarize(date string, pieces []Piece) Summary {
	first, last := &pieces[0], &pieces[len(pieces)-1]
	s := Summary{Date: date, Started: first.Started, Count: len(pieces), Playable: true}
	s.Length = last.Ended().Sub(first.Started).Milliseconds()
	for i := range pieces {
		s.Bytes += pieces[i].Bytes
		s.Playable = s.Playable && pieces[i].playable()
		s.Running = s.Running || pieces[i].Running
	}
	return s
}
