//go:build !linux

package record

import "os"

// dataSync has the disk keep a file.
func dataSync(f *os.File) error { return f.Sync() }
