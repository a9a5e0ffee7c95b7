package watch

import (
	"bytes"
	"cmp"
	"html/template"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/pages"
)

// renderedPage is a stream's page, the one for frames, and that of earlier shows.
type renderedPage struct{ whole, embed, past []byte }

// pageData is what the templates may say.
type pageData struct {
	Stream
	Brand   Brand
	Version string
	Modules []string // scripts that are to be had at once, not one after the other
	Embed   bool
	Past    bool   // it is about earlier shows
	URL     string // of the page as others reach it; empty if that is not known
	Poster  string
	Logo    string
	Preview string // the poster, for previews
	Starts  int64  // in Unix milliseconds, 0 for not known
	Live    bool   // something is on; the list of pages alone says it
	Shows   []*pageData
}

// Heading is what the page is about.
func (d *pageData) Heading() string {
	for _, text := range []string{d.Title, d.Brand.Name} {
		if text != "" {
			return text
		}
	}
	return d.Name
}

// Seller is who shows it.
func (d *pageData) Seller() string {
	if d.Brand.Name != "" {
		return d.Brand.Name
	}
	return d.Name
}

// render makes all pages from the templates.
func (s *settings) render() error {
	var err error
	if s.templates, err = template.ParseFS(files, "page/*.html"); err != nil {
		return err
	}
	make := func(name string, data *pageData) ([]byte, error) {
		var b bytes.Buffer
		err := s.templates.ExecuteTemplate(&b, name, data)
		return b.Bytes(), err
	}
	s.pages = map[string]*renderedPage{}
	for i := range s.Streams {
		data := s.data(&s.Streams[i])
		page := &renderedPage{}
		if page.whole, err = make("watch.html", data); err != nil {
			return err
		}
		data.Past = true
		if page.past, err = make("replay.html", data); err != nil {
			return err
		}
		data.Past, data.Embed, data.Chat = false, true, false
		if page.embed, err = make("watch.html", data); err != nil {
			return err
		}
		s.pages[data.Name] = page
	}
	s.gone, err = make("gone.html", s.data(&Stream{}))
	return err
}

func (s *settings) data(stream *Stream) *pageData {
	d := &pageData{
		Modules: s.modules(),
		Stream:  *stream, Brand: s.Brand, Version: s.version, Starts: overlay.Millis(stream.StartsAt),
		Poster: pages.Picture(stream.Poster), Logo: pages.Picture(s.Brand.Logo), Preview: pages.Picture(stream.Poster),
	}
	d.Lang = cmp.Or(d.Lang, "en")
	if s.URL != "" {
		d.URL = s.URL + "/" + stream.Name
	}
	if strings.HasPrefix(d.Preview, "/") {
		if d.Preview = s.URL + d.Preview; s.URL == "" {
			d.Preview = ""
		}
	}
	return d
}

// modules are the scripts of the live page.
func (s *settings) modules() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.assets)) {
		if path.Ext(name) == ".js" && name != "replay.js" {
			names = append(names, name)
		}
	}
	return names
}

// policy lets a page load what this server has, pictures from anywhere, and the
// picture that its player puts together; no script or style that stands within
// the page. Frames are those of whom it may be in.
func policy(frames string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http:; media-src 'self' blob:; " +
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors " + frames
}

// page serves a stream's page.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	if p := s.settings.Load().pages[r.PathValue("stream")]; p != nil {
		s.serve(w, p.whole, "'none'")
		return
	}
	s.notFound(w, r)
}

// embed serves it for the frames of those who may have it.
func (s *Server) embed(w http.ResponseWriter, r *http.Request) {
	set := s.settings.Load()
	p := set.page(r.PathValue("stream"))
	if p == nil {
		s.notFound(w, r)
		return
	}
	frames := "'none'"
	if len(p.EmbedOrigins) > 0 {
		frames = strings.Join(p.EmbedOrigins, " ")
	}
	s.serve(w, set.pages[p.Name].embed, frames)
}

func (s *Server) serve(w http.ResponseWriter, body []byte, frames string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy(frames))
	h.Set("Content-Type", pages.Kind(".html"))
	h.Set("Cache-Control", "no-cache")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	_, _ = w.Write(body)
}
