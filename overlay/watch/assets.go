package watch

import (
	"embed"
	"encoding/json"
	"net/http"

	"github.com/hawker-live/hawker/overlay/pages"
)

//go:embed page
var files embed.FS

// assetsOf are the page's files, and the brand's style.
func assetsOf(b *Brand) pages.Files {
	assets := pages.Read(files, "page")
	assets["brand.css"] = brandCSS(b)
	return assets
}

// versionOf changes with whatever a page is made of: texts and times, too.
func versionOf(s *settings) string {
	words, _ := json.Marshal(s.Settings)
	return s.assets.Version(words)
}

// asset serves a script or a style. Its address changes with its content.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	if set := s.settings.Load(); !set.assets.Serve(w, r, set.version) {
		s.notFound(w, r)
	}
}
