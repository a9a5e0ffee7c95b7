// Package keyage remembers since when each destination's stream key is known,
// since platforms take some keys for a day or for one broadcast only and tell
// nobody when. Of a key it keeps a fingerprint, keyed with random bytes of the
// data folder's own, from which the key cannot be had.
//
// Belongs here: first sightings, and their file. Does not: what an age means,
// which is relay/preflight's to say.
package keyage

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config/secret"
)

// File is the file's name within the data folder.
const File = "key-ages.json"

// forgetAfter is how long a key that is configured no more is remembered, so
// that one which comes back is as old as it is.
const forgetAfter = 30 * 24 * time.Hour

// Book holds the first sightings. Its methods may be called from any goroutine.
type Book struct {
	path string

	mu   sync.Mutex // guards page
	page page
}

// page is the file.
type page struct {
	Salt      []byte               `json:"salt"`
	FirstSeen map[string]time.Time `json:"first_seen"` // by fingerprint
}

// Open reads the book of a data folder. One that is not there yet is empty. With
// an error the book is empty too, and See replaces what could not be read.
func Open(folder string) (*Book, error) {
	b := &Book{path: filepath.Join(folder, File)}
	data, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &b.page)
	}
	if err != nil {
		b.page = page{}
		return b, fmt.Errorf("read the ages of stream keys: %w", err)
	}
	return b, nil
}

// See notes keys, all that are configured, that were not seen before now, and
// writes the file if there are any.
func (b *Book) See(now time.Time, keys ...secret.Secret) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next, changed := page{b.page.Salt, map[string]time.Time{}}, false
	if len(next.Salt) == 0 {
		next.Salt = make([]byte, 32)
		_, _ = rand.Read(next.Salt) // never fails
	}
	for _, k := range keys {
		if k.Empty() {
			continue
		}
		print := next.fingerprint(k)
		seen, known := b.page.FirstSeen[print]
		if !known {
			seen, changed = now.UTC().Truncate(time.Second), true
		}
		next.FirstSeen[print] = seen
	}
	for print, seen := range b.page.FirstSeen {
		if now.Sub(seen) < forgetAfter {
			next.FirstSeen[print] = seen
		}
	}
	b.page = next
	if !changed {
		return nil
	}
	if err := write(b.path, next); err != nil {
		return fmt.Errorf("write the ages of stream keys: %w", err)
	}
	return nil
}

// FirstSeen is when a key was first seen; zero for one that never was.
func (b *Book) FirstSeen(k secret.Secret) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.page.FirstSeen[b.page.fingerprint(k)]
}

// fingerprint is the same for the same key in this book alone.
func (p page) fingerprint(k secret.Secret) string {
	mac := hmac.New(sha256.New, p.Salt)
	_, _ = mac.Write([]byte(k.Reveal())) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// write puts the file in place in one step: whoever reads it, and whoever finds
// it after a crash, has the old one or the new one.
func write(path string, p page) (err error) {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), File+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
