package watch

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed page
var files embed.FS

const brandFile = "brand.css"

// asset is a script or a style.
type asset struct {
	kind string
	body []byte
}

// assetsOf are the page's files but for templates, and the brand's style.
func assetsOf(b *Brand) map[string]asset {
	assets := map[string]asset{brandFile: {kindOf(brandFile), brandCSS(b)}}
	entries, _ := files.ReadDir("page") // it is in the program
	for _, e := range entries {
		if path.Ext(e.Name()) == ".html" {
			continue
		}
		body, _ := files.ReadFile("page/" + e.Name())
		assets[e.Name()] = asset{kindOf(e.Name()), body}
	}
	return assets
}

// kindOf does not ask the machine's tables for what this package serves.
func kindOf(name string) string {
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

// versionOf changes with whatever a page is made of.
func versionOf(s *settings) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.assets)) {
		h.Write([]byte(name + "\x00"))
		h.Write(s.assets[name].body)
	}
	pages, _ := files.ReadDir("page")
	for _, e := range pages {
		if strings.HasSuffix(e.Name(), ".html") {
			body, _ := files.ReadFile("page/" + e.Name())
			h.Write(body)
		}
	}
	words, _ := json.Marshal(s.Settings) // texts and times
	h.Write(words)
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// asset serves a script or a style. Its address changes with its content.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	set := s.settings.Load()
	a, ok := set.assets[r.PathValue("name")]
	if !ok {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-store")
	if r.PathValue("version") == set.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(a.body)
}
