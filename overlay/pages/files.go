// Package pages is what the pages for viewers have in common: files that may be
// kept since their address changes with them, what is said of an offer that runs,
// and scripts, in the folder shared, that each page loads from its own address.
//
// Belongs here: what the overlay and the watch page would else have twice. Does
// not: routes, settings, the look of either.
package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
)

//go:embed shared
var shared embed.FS

// Files are what a page is made of, by name.
type Files map[string][]byte

// Read returns the files of a folder and those that all pages share.
func Read(from embed.FS, folder string) Files {
	files := Files{}
	for dir, from := range map[string]embed.FS{"shared": shared, folder: from} {
		names, _ := fs.Glob(from, dir+"/*") // it is in the program
		for _, name := range names {
			files[path.Base(name)], _ = from.ReadFile(name)
		}
	}
	return files
}

// Version changes with the files, and with what else a page is made of.
func (f Files) Version(more []byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f)) {
		h.Write([]byte(name + "\x00"))
		h.Write(f[name])
	}
	h.Write([]byte("\x00"))
	h.Write(more)
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Serve answers with the script or style that the request's PathValue name says,
// and lets it be kept if its version is the one in force: a page that asks for
// another is about to load itself again. It answers nothing, and returns false,
// when there is none. HTML is made into pages, and is none.
func (f Files) Serve(w http.ResponseWriter, r *http.Request, version string) bool {
	name := r.PathValue("name")
	body, ok := f[name]
	if !ok || path.Ext(name) == ".html" {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", Kind(name))
	h.Set("Cache-Control", "no-store")
	if r.PathValue("version") == version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(body)
	return true
}

// Kind is the media type of a file, by the end of its name. It does not ask the
// machine's tables for what is in the program.
func Kind(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}
