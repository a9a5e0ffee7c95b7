package record

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// folder is where a stream's recordings are. Nothing outside of it can be opened
// through it, whatever the name.
type folder struct{ *os.Root }

// openFolder opens a stream's folder in another, and makes both if it is asked
// to.
func openFolder(path, stream string, ensure bool) (*folder, error) {
	if !streamShape.MatchString(stream) {
		return nil, fmt.Errorf("stream %q: %w", stream, fs.ErrNotExist)
	}
	if ensure {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of recordings: %w", err)
		}
	}
	all, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open the folder of recordings: %w", err)
	}
	defer func() { _ = all.Close() }()
	if ensure {
		if err := all.Mkdir(stream, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make the stream's folder in %s: %w", path, err)
		}
	}
	if info, err := all.Lstat(stream); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s in %s is no folder: %w", stream, path, fs.ErrNotExist)
	}
	own, err := all.OpenRoot(stream)
	if err != nil {
		return nil, fmt.Errorf("open the stream's folder in %s: %w", path, err)
	}
	return &folder{own}, nil
}

// create begins a part, under the first number that is free, and locks its file.
// The part has its description before it has anything else; the disk is told to
// keep it when there is time.
func (f *folder) create(about Part) (*part, error) {
	for about.Number = 1; ; about.Number++ {
		if _, err := f.Lstat(about.about()); err == nil {
			continue
		}
		file, err := f.OpenFile(about.data(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("begin a recording: %w", err)
		}
		if err = lock(file); err == nil {
			err = f.describe(about)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("begin a recording: %w", err), file.Close(), f.Remove(about.data()))
		}
		return newPart(about, file, f), nil
	}
}

// describe writes what is known of a part: readers see what was before or what
// is now, whole.
func (f *folder) describe(p Part) (err error) {
	temp := p.about() + tempEnd
	if err := f.WriteFile(temp, p.marshal(), 0o600); err != nil {
		return errors.Join(err, f.Remove(temp))
	}
	return f.Rename(temp, p.about())
}

// keep has the disk keep a part's name and description.
func (f *folder) keep(p Part) error {
	about, err := f.Open(p.about())
	if err != nil {
		return err
	}
	if err := errors.Join(about.Sync(), about.Close()); err != nil {
		return err
	}
	return f.sync()
}

// tempEnd is at the end of a name that is about to be another.
const tempEnd = ".tmp"

// sync has the disk keep names. Where folders cannot be synced it does nothing.
func (f *folder) sync() error {
	d, err := f.Open(".")
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// parts are those with a description that can be read, oldest first.
func (f *folder) parts() ([]Part, error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	var out []Part
	for _, name := range names {
		base, is := strings.CutSuffix(name, aboutEnd)
		if !is {
			continue
		}
		if p, err := f.find(base); err == nil {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Part) int {
		return cmp.Or(strings.Compare(a.Date, b.Date), a.Number-b.Number)
	})
	return out, nil
}

func (f *folder) names() ([]string, error) {
	d, err := f.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	return names, nil
}

// find is the part of that name.
func (f *folder) find(base string) (Part, error) {
	if !nameShape.MatchString(base) {
		return Part{}, fmt.Errorf("recording %q: %w", base, fs.ErrNotExist)
	}
	text, err := f.readSmall(base + aboutEnd)
	if err != nil {
		return Part{}, fmt.Errorf("recording %s: %w", base, err)
	}
	p, err := unmarshal(text)
	if err == nil && p.base() != base {
		err = errors.New("it is described as another one")
	}
	if err != nil {
		return Part{}, fmt.Errorf("recording %s: %w: %w", base, ErrNotFound, err)
	}
	return p, nil
}

// readSmall reads a file that is a description, or not read at all.
func (f *folder) readSmall(name string) ([]byte, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxAbout {
		return nil, fmt.Errorf("%s is no description of a recording", name)
	}
	return f.ReadFile(name)
}
