package web

import (
	"embed"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
)

//go:embed page
var pageFiles embed.FS

const (
	pageFile     = "overlay.html"
	notFoundFile = "notfound.html"
	startingFile = "starting.html"
	themeFile    = "theme.css"
)

// asset is a file of a page.
type asset struct {
	kind string
	body []byte
}

// embedded are the page's files, and the operator's theme.
func embedded(theme []byte) map[string]asset {
	assets := map[string]asset{themeFile: {kindOf(themeFile), theme}}
	entries, _ := pageFiles.ReadDir("page") // it is in the program
	for _, e := range entries {
		body, _ := pageFiles.ReadFile("page/" + e.Name())
		assets[e.Name()] = asset{kindOf(e.Name()), body}
	}
	return assets
}

// kindOf does not ask the machine's tables for what it serves itself.
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
	return mime.TypeByExtension(path.Ext(name))
}

func sortedNames(assets map[string]asset) []string { return slices.Sorted(maps.Keys(assets)) }

// asset serves a file of the page. Its address changes with its content; a page
// that asks for that of another version is about to load itself again.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	set := s.settings.Load()
	a, ok := set.assets[r.PathValue("name")]
	if !ok {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "no-store")
	if r.PathValue("version") == set.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(a.body)
}
