//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package config

import (
	"errors"
	"os"
	"syscall"
)

// lockFolder waits until no other process edits in the folder. The folder
// itself is locked, so that no lock file is left in it. File systems without
// such locks give none: the comparison before the replacement must do there.
func lockFolder(folder string) (unlock func(), err error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil && !errors.Is(err, syscall.ENOTSUP) && !errors.Is(err, syscall.EBADF) && !errors.Is(err, syscall.ENOLCK) {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// keepOwner gives f the owner and group that the old file had: an edit by root
// must not lock the relay's own user out. Who may not give files away keeps at
// least the group.
func keepOwner(f *os.File, was os.FileInfo) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	now, ok := info.Sys().(*syscall.Stat_t)
	old, also := was.Sys().(*syscall.Stat_t)
	if !ok || !also || now.Uid == old.Uid && now.Gid == old.Gid {
		return nil
	}
	if err := f.Chown(int(old.Uid), int(old.Gid)); err == nil {
		return nil
	}
	return f.Chown(-1, int(old.Gid))
}

// syncFolder makes a rename last. Some file systems cannot; the file itself is
// whole in any case.
func syncFolder(folder string) {
	if f, err := os.Open(folder); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}
