package record

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"
)

// prune deletes what is older than the settings keep.
func (r *Recorder) prune(dir *folder) {
	s := &r.conf.Settings
	if s.MaxAge == 0 && s.MaxBytes == 0 {
		return
	}
	parts, err := dir.parts()
	if err != nil {
		r.conf.Logger.Warn("old recordings are not deleted", "err", err)
		return
	}
	kept := int64(0)
	for _, p := range slices.Backward(parts) {
		if !p.Complete {
			continue
		}
		kept += p.Bytes
		old := s.MaxAge > 0 && time.Since(p.Ended()) > s.MaxAge
		if !old && (s.MaxBytes == 0 || kept <= s.MaxBytes) {
			continue
		}
		kept -= p.Bytes
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
