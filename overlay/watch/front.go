package watch

import "net/http"

// front leads to the page where there is one, and to each from a list where there
// are several. Streams without a page are in neither.
func (s *Server) front(w http.ResponseWriter, r *http.Request) {
	set := s.settings.Load()
	switch len(set.Streams) {
	case 0:
		s.notFound(w, r)
	case 1:
		w.Header().Set("Cache-Control", "no-store") // tomorrow there may be another one
		http.Redirect(w, r, "/"+set.Streams[0].Name, http.StatusFound)
	default:
		s.list(w, set)
	}
}

// list serves the list of pages, which says what is on now.
func (s *Server) list(w http.ResponseWriter, set *settings) {
	data := set.data(&Stream{Title: "Shows"})
	for i := range set.Streams {
		show := set.data(&set.Streams[i])
		if room := s.room(show.Name); room != nil {
			since, _ := room.on()
			show.Live = !since.IsZero()
		}
		data.Shows = append(data.Shows, show)
	}
	s.serve(w, nil, "'none'")
	_ = set.templates.ExecuteTemplate(w, "front.html", data) // it fails when the viewer has gone
}
