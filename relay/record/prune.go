package record

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"
)

// prune deletes what is older than the settings keep. What that is, it finds out
// at once; the deleting is done beside the recording, since a disk may take seconds
// for each large file.
func (r *Recorder) prune() {
	if r.conf.MaxAge == 0 && r.conf.MaxBytes == 0 || !r.pruning.CompareAndSwap(false, true) {
		return
	}
	dir, err := openFolder(r.conf.Folder, r.conf.Stream, false)
	var old []Part
	if err == nil {
		if old, err = r.old(dir); err != nil {
			_ = dir.Close()
		}
	}
	if err != nil {
		r.pruning.Store(false)
		r.conf.Logger.Warn("old recordings are not deleted", "err", err)
		return
	}
	r.aside.Go(func() {
		defer r.pruning.Store(false)
		defer func() { _ = dir.Close() }()
		r.removeAll(dir, old)
	})
}

// old are the parts that are to go, the oldest first. What is not complete, as that
// which is being written, counts and stays.
func (r *Recorder) old(dir *folder) (old []Part, err error) {
	s := &r.conf.Settings
	parts, err := dir.parts()
	if err != nil {
		return nil, err
	}
	total := int64(0)
	for i := range parts {
		if info, err := dir.Lstat(parts[i].data()); err == nil {
			total += info.Size()
		}
	}
	for _, p := range parts {
		tooOld := s.MaxAge > 0 && time.Since(p.Ended()) > s.MaxAge
		switch {
		case !p.Complete:
			continue
		case !tooOld && (s.MaxBytes == 0 || total <= s.MaxBytes):
			return old, nil
		}
		total -= p.Bytes // if it cannot be deleted, others are not to go in its place
		old = append(old, p)
	}
	return old, nil
}

func (r *Recorder) removeAll(dir *folder, old []Part) {
	for _, p := range old {
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
