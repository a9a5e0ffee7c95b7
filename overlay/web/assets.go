package web

import (
	"bytes"
	"embed"
	"net/http"

	"github.com/hawker-live/hawker/overlay/pages"
)

//go:embed page
var files embed.FS

const (
	pageFile     = "overlay.html"
	notFoundFile = "notfound.html"
	startingFile = "starting.html"
)

// assetsOf are the page's files, and the operator's theme.
func assetsOf(theme []byte) pages.Files {
	assets := pages.Read(files, "page")
	assets["theme.css"] = theme
	return assets
}

// pagesOf takes the pages from the assets, and puts the version into them: it is
// part of the addresses of what they load.
func pagesOf(s *settings) map[string][]byte {
	made := map[string][]byte{}
	for _, name := range []string{pageFile, notFoundFile, startingFile} {
		made[name] = bytes.ReplaceAll(s.assets[name], []byte("{version}"), []byte(s.version))
	}
	return made
}

// asset serves a script or a style. Its address changes with its content.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	if set := s.settings.Load(); !set.assets.Serve(w, r, set.version) {
		s.notFound(w, r)
	}
}
