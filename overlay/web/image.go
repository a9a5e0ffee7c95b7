package web

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

const (
	maxImage     = 10 << 20
	imageTimeout = 2 * time.Minute // a large one on a slow line
)

// imageKinds are pictures that cannot hold a script, by the ends of names.
var imageKinds = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif", ".avif": "image/avif",
}

// image serves a picture from the folder of images.
func (s *Server) image(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind := imageKinds[strings.ToLower(path.Ext(name))]
	f := openImage(s.settings.Load().Images, name)
	if f == nil {
		s.notFound(w, r)
		return
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxImage || !isImage(f, kind) {
		s.notFound(w, r)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(imageTimeout))
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// openImage opens a picture by its name, which must be one and no path. The
// folder is a root that nothing leads out of, links included. Nil when there is
// no such picture.
func openImage(folder, name string) *os.File {
	if folder == "" || len(name) > 200 || !filepath.IsLocal(name) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\:\x00") {
		return nil
	}
	if imageKinds[strings.ToLower(path.Ext(name))] == "" {
		return nil
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil
	}
	defer func() { _ = root.Close() }()
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() { // to open a pipe is to wait for its other end
		return nil
	}
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	return f
}

// isImage tells whether a file begins as its name says.
func isImage(f io.ReadSeeker, kind string) bool {
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	head = head[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false
	}
	if kind == "image/avif" { // ISO/IEC 14496-12, 4.3: a box of the file's type comes first
		return n > 12 && bytes.Equal(head[4:8], []byte("ftyp")) && bytes.Contains(head[8:min(n, 64)], []byte("avif"))
	}
	return http.DetectContentType(head) == kind
}
