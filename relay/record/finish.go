package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/media/fmp4"
)

// finish completes a file, after a crash as without one: it cuts off what is
// torn, gives players an index, and says in the description that this is all. A
// file in which there is nothing is removed. It closes the file.
func (f *folder) finish(p Part, file *os.File) (err error) {
	defer func() {
		unlock(file)
		err = errors.Join(err, file.Close())
	}()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	switch p.Format {
	case MP4:
		err = finishMP4(&p, file, info.Size())
	default:
		err = finishFLV(&p, file, info.Size())
	}
	if errors.Is(err, errNothing) {
		return f.remove(p)
	}
	if err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	p.Complete = true
	if err := f.describe(p); err != nil {
		return err
	}
	return f.keep(p)
}

var errNothing = errors.New("nothing was recorded")

func finishMP4(p *Part, file *os.File, size int64) error {
	e, err := fmp4.Scan(file, size)
	switch {
	case errors.Is(err, fmp4.ErrEmpty):
		return errNothing
	case err != nil:
		return err
	}
	if err := cutOff(file, size, e.Whole); err != nil {
		return err
	}
	p.Bytes, p.Length = e.Whole, e.End.Milliseconds()
	return writeIndex(e, file)
}

// writeIndex puts the index into the room that was left for it. Its head makes it
// count, and is written when the rest is on the disk.
func writeIndex(e *fmp4.Extent, file *os.File) error {
	const head = 8
	index, at := e.Index()
	if index == nil {
		return nil
	}
	if _, err := file.WriteAt(index[head:], at+head); err != nil {
		return err
	}
	if err := dataSync(file); err != nil {
		return err
	}
	_, err := file.WriteAt(index[:head], at)
	return err
}

func finishFLV(p *Part, file *os.File, size int64) error {
	e, err := flv.Scan(file, size)
	switch {
	case err != nil:
		return err
	case e.Last == 0: // there may be headers
		return errNothing
	}
	p.Bytes, p.Length = e.Whole, int64(e.Last)
	return cutOff(file, size, e.Whole)
}

func cutOff(file *os.File, size, whole int64) error {
	if size == whole {
		return nil
	}
	return file.Truncate(whole)
}

// mend finishes what has no end and nobody writes to: a crash has left it.
func (r *Recorder) mend(dir *folder) {
	parts, err := dir.parts()
	if err != nil {
		r.conf.Logger.Warn("what a crash may have left of recordings is not looked for", "err", err)
		return
	}
	var errs []error
	for _, p := range parts {
		if p.Complete {
			continue
		}
		switch mended, err := dir.mend(p); {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", p.data(), err))
		case mended:
			r.conf.Logger.Info("a recording that was left open is complete now", "file", p.data())
		}
	}
	if err := errors.Join(errs...); err == nil {
		r.unended = ""
	} else if err.Error() != r.unended {
		r.unended = err.Error()
		r.conf.Logger.Warn("recordings that were left open could not be completed; that is tried again later", "err", err)
	}
	dir.sweep(parts)
}

func (f *folder) mend(p Part) (mended bool, err error) {
	file, err := f.OpenFile(p.data(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, f.Remove(p.about())
	}
	if err != nil {
		return false, fmt.Errorf("open it: %w", err)
	}
	if !tryLock(file) { // it is not left at all
		return false, file.Close()
	}
	return true, f.finish(p, file)
}

// sweep removes what a crash has left of files that were about to begin: empty
// ones, and descriptions that were not in their place yet.
func (f *folder) sweep(parts []Part) {
	names, err := f.names()
	if err != nil {
		return
	}
	for _, name := range names {
		base, end, _ := strings.Cut(name, ".")
		if !nameShape.MatchString(base) || "."+end == aboutEnd {
			continue
		}
		info, err := f.Lstat(name)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		known := slices.ContainsFunc(parts, func(p Part) bool { return p.base() == base })
		if "."+end == aboutEnd+tempEnd || info.Size() == 0 && !known {
			_ = f.Remove(name)
		}
	}
}
