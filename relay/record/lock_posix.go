//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package record

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock says that a file is being written, until it is closed or the process ends,
// however it does.
func lock(f *os.File) error {
	return os.NewSyscallError("flock", unix.Flock(int(f.Fd()), unix.LOCK_EX))
}

// tryLock is lock, if nobody else has done it.
func tryLock(f *os.File) bool {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

// unlock says that a file is no longer being written. Closing it says so too, but
// not while a process that is being started still has it.
func unlock(f *os.File) { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }

// locked tells whether a file is being written.
func locked(f *os.File) bool {
	if unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil {
		return true
	}
	unlock(f)
	return false
}
