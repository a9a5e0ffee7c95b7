package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// mend finishes what has no end and nobody writes to: a crash has left it. What
// there is of that is found before mend returns; the work, which may take its
// time, is done while something else is recorded, until ctx ends.
func (r *Recorder) mend(ctx context.Context) error {
	dir, err := openFolder(r.conf.Folder, r.conf.Stream, true)
	if err != nil {
		return err
	}
	parts, err := dir.parts()
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	if !r.busy.CompareAndSwap(false, true) {
		r.left.Store(true) // for what was not known when that began
		return dir.Close()
	}
	r.aside.Go(func() {
		defer r.busy.Store(false)
		defer func() { _ = dir.Close() }()
		r.mendAll(ctx, dir, slices.DeleteFunc(parts, func(p Part) bool { return p.Complete }))
		dir.sweep()
	})
	return nil
}

func (r *Recorder) mendAll(ctx context.Context, dir *folder, torn []Part) {
	var errs []error
	for _, p := range torn {
		switch mended, err := dir.mend(ctx, p); {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.left.Store(true)
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
}

func (f *folder) mend(ctx context.Context, p Part) (mended bool, err error) {
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
	// It may have been finished just now.
	now, err := f.find(p.base())
	if err != nil || now.Complete {
		unlock(file)
		return false, errors.Join(err, file.Close())
	}
	return true, f.finish(ctx, now, file)
}

// sweep removes what a crash has left of files that were about to begin: empty
// ones, and descriptions that were not in their place yet.
func (f *folder) sweep() {
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
		_, unknown := f.find(base)
		if "."+end == aboutEnd+tempEnd || info.Size() == 0 && unknown != nil {
			_ = f.Remove(name)
		}
	}
}
