package record

import (
	"os"

	"golang.org/x/sys/unix"
)

// dataSync has the disk keep a file's bytes, and of what is known of it only what
// is needed to read them.
func dataSync(f *os.File) error {
	return os.NewSyscallError("fdatasync", unix.Fdatasync(int(f.Fd())))
}
