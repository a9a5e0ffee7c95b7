package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ErrNotFound is for a recording, or a stream's recordings, that are not there.
var ErrNotFound = errors.New("there is no such recording")

// Shelf gives back what was recorded, and what is being. It needs no Recorder: all
// that it knows is in the folders.
type Shelf struct{ folder func(stream string) string }

// NewShelf returns a shelf of streams' recordings. folder is called at each
// request, and says what a stream's Settings.Folder is: empty for a stream that
// there is not, or that is not recorded.
func NewShelf(folder func(stream string) string) (*Shelf, error) {
	if folder == nil {
		return nil, errors.New("a shelf of recordings needs to know the folders")
	}
	return &Shelf{folder}, nil
}

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
	// File is the part's name, for Open.
	File string `json:"file"`
	Part
	// Running is whether more is to come. Length and Bytes are as of now then,
	// and Length is a guess.
	Running bool `json:"running"`
}

// Shows lists a stream's shows, the newest first.
func (s *Shelf) Shows(stream string) ([]Summary, error) {
	pieces, err := s.pieces(stream, "")
	if err != nil {
		return nil, err
	}
	out := []Summary{}
	for len(pieces) > 0 {
		date := pieces[0].Date
		n := slices.IndexFunc(pieces, func(p Piece) bool { return p.Date != date })
		if n < 0 {
			n = len(pieces)
		}
		out = append(out, summarize(date, pieces[:n]))
		pieces = pieces[n:]
	}
	slices.Reverse(out)
	return out, nil
}

// dayShape is that of days.
var dayShape = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// Show finds a show by its date or its day.
func (s *Shelf) Show(stream, date string) (Show, error) {
	if !dateShape.MatchString(date) && !dayShape.MatchString(date) {
		return Show{}, fmt.Errorf("date %q: %w", date, ErrNotFound)
	}
	pieces, err := s.pieces(stream, date)
	if err == nil && len(pieces) == 0 {
		err = fmt.Errorf("%s of stream %s: %w", date, stream, ErrNotFound)
	}
	if err != nil {
		return Show{}, err
	}
	return Show{summarize(date, pieces), stream, pieces}, nil
}

// Open opens a part by its File. The caller closes it.
func (s *Shelf) Open(stream, file string) (*os.File, Part, error) {
	dir, err := s.open(stream)
	if err != nil {
		return nil, Part{}, err
	}
	defer func() { _ = dir.Close() }()
	base, _, _ := strings.Cut(file, ".")
	p, err := dir.find(base)
	if err == nil && p.data() != file {
		err = fmt.Errorf("recording %q: %w", file, ErrNotFound)
	}
	if err != nil {
		return nil, Part{}, missing(err)
	}
	f, err := dir.openData(p)
	return f, p, missing(err)
}

func (s *Shelf) open(stream string) (*folder, error) {
	path := s.folder(stream)
	if path == "" || !streamShape.MatchString(stream) {
		return nil, fmt.Errorf("recordings of stream %q: %w", stream, ErrNotFound)
	}
	dir, err := openFolder(path, stream, false)
	return dir, missing(err)
}

// missing makes ErrNotFound of what says the same.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

// openData opens a part's file, which must be one.
func (f *folder) openData(p Part) (*os.File, error) {
	info, err := f.Lstat(p.data())
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: %w", p.data(), fs.ErrNotExist)
	}
	return f.Open(p.data())
}

// pieces are the parts whose date begins so, oldest first. Those whose file is
// gone are left out. A stream of which nothing is recorded yet has none.
func (s *Shelf) pieces(stream, date string) ([]Piece, error) {
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
		if !strings.HasPrefix(p.Date, date) {
			continue
		}
		if piece, err := dir.look(p); err == nil {
			out = append(out, piece)
		}
	}
	return out, nil
}

// look sees how a part's file is.
func (f *folder) look(p Part) (Piece, error) {
	piece := Piece{File: p.data(), Part: p}
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
