package record

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"
)

// tidy prunes beside the recording: a disk may take seconds for each large file.
func (r *Recorder) tidy() {
	if r.conf.MaxAge == 0 && r.conf.MaxBytes == 0 || !r.pruning.CompareAndSwap(false, true) {
		return
	}
	r.aside.Go(func() {
		defer r.pruning.Store(false)
		dir, err := openFolder(r.conf.Folder, r.conf.Stream, false)
		if err != nil {
			r.conf.Logger.Warn("old recordings are not deleted", "err", err)
			return
		}
		defer func() { _ = dir.Close() }()
		r.prune(dir)
	})
}

// prune deletes what is older than the settings keep, the oldest first. What is
// not complete, as that which is being written, counts and stays.
func (r *Recorder) prune(dir *folder) {
	s := &r.conf.Settings
	parts, err := dir.parts()
	if err != nil {
		r.conf.Logger.Warn("old recordings are not deleted", "err", err)
		return
	}
	total := int64(0)
	for i := range parts {
		if info, err := dir.Lstat(parts[i].data()); err == nil {
			total += info.Size()
		}
	}
	for _, p := range parts {
		old := s.MaxAge > 0 && time.Since(p.Ended()) > s.MaxAge
		switch {
		case !p.Complete:
			continue
		case !old && (s.MaxBytes == 0 || total <= s.MaxBytes):
			return
		}
		total -= p.Bytes // if it cannot be deleted, others are not to go in its place
		if err := dir.remove(p); err != nil {
			r.conf.Logger.Warn("an old recording could not be deleted", "file", p.data(), "err", err)
			continue
		}
		r.conf.Logger.Info("an old recording was deleted", "file", filepath.Join(p.Stream, p.data()))
	}
}

// remove deletes a part. Its description goes last: it says what there is to
// delete.
func (f *folder) remove(p Part) error {
	err := f.Remove(p.data())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.Remove(p.about())
}
