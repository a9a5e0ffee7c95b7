package config

import (
	"crypto/sha256"
	"os"
	"path/filepath"
)

// fingerprint tells whether a file reads as it did before.
type fingerprint struct {
	fault string // why it cannot be read
	sum   [sha256.Size]byte
}

func fingerprintOf(path string) fingerprint {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fingerprint{fault: "not a file"}
	}
	var data []byte
	if err == nil {
		data, err = readCapped(path, maxFile)
	}
	if err != nil {
		return fingerprint{fault: reason(err)}
	}
	return fingerprint{sum: sha256.Sum256(data)}
}

// maxLinks bounds how many links to links are followed.
const maxLinks = 16

// folders returns the real folders that hold the file and every link on the
// way to it: editors rename a new file into the first, and mounted Kubernetes
// volumes turn a link in the second.
func folders(path string) []string {
	var found []string
	for range maxLinks {
		folder := nearest(filepath.Dir(path))
		found = append(found, folder)
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(folder, to)
		}
		path = to
	}
	return found
}

// nearest returns the folder's real path or, while it is not there, that of
// the nearest one above it, where it will appear.
func nearest(folder string) string {
	for {
		if real, err := filepath.EvalSymlinks(folder); err == nil {
			return real
		}
		up := filepath.Dir(folder)
		if up == folder {
			return folder
		}
		folder = up
	}
}
