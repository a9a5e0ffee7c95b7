package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// ErrNotFound is for a recording, or a stream's recordings, that are not there.
var ErrNotFound = errors.New("there is no such recording")

// Shelf gives back what was recorded, and what is being. It needs no Recorder: all
// that it knows is in the folders.
type Shelf struct {
	folder  func(stream string) string
	listing singleflight.Group // by stream
	reels   *reels

	mu     sync.Mutex // guards listed
	listed map[string]list
}

// list is a stream's parts as they were.
type list struct {
	at     time.Time
	pieces []Piece
}

// NewShelf returns a shelf of streams' recordings. folder is called at each
// request, and says what a stream's Settings.Folder is: empty for a stream that
// there is not, or that is not recorded.
func NewShelf(folder func(stream string) string) (*Shelf, error) {
	if folder == nil {
		return nil, errors.New("a shelf of recordings needs to know the folders")
	}
	return &Shelf{folder: folder, reels: newReels(), listed: map[string]list{}}, nil
}

// Shows lists a stream's shows, the newest first.
func (s *Shelf) Shows(stream string) ([]Summary, error) {
	pieces, err := s.lately(stream)
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
	all, err := s.lately(stream)
	var pieces []Piece
	for _, p := range all {
		if strings.HasPrefix(p.Date, date) {
			pieces = append(pieces, p)
		}
	}
	if err == nil && len(pieces) == 0 {
		err = fmt.Errorf("%s of stream %s: %w", date, stream, ErrNotFound)
	}
	if err != nil {
		return Show{}, err
	}
	return Show{summarize(date, pieces), stream, pieces}, nil
}

// Open opens a part by its File, as it was recorded. The caller closes it.
func (s *Shelf) Open(stream, file string) (*os.File, Part, error) {
	dir, err := s.open(stream)
	if err != nil {
		return nil, Part{}, err
	}
	defer func() { _ = dir.Close() }()
	base, _, _ := strings.Cut(file, ".")
	p, err := dir.find(base)
	if err == nil && p.played() != file {
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
