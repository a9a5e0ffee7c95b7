package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// startRequest is the body of a start; it may be empty.
type startRequest struct {
	// Countdown replaces the offer's own.
	Countdown *float64 `json:"countdown_seconds"`
}

func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	stream, ok := s.stream(w, r)
	if !ok {
		return
	}
	var ask startRequest
	body, err := read(r, &ask, "countdown_seconds")
	if err != nil {
		s.fail(w, err)
		return
	}
	var countdown *time.Duration
	if ask.Countdown != nil {
		d := time.Duration(*ask.Countdown * float64(time.Second)).Round(time.Millisecond)
		countdown = &d
	}
	offer := r.PathValue("offer")
	s.do(w, r, body, change{status: http.StatusOK, answer: eventsAnswer, decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.Start(stream.Name, offer, countdown, now)
	}})
}

func (s *Server) end(w http.ResponseWriter, r *http.Request) {
	stream, ok := s.stream(w, r)
	if !ok {
		return
	}
	offer := r.PathValue("offer")
	s.do(w, r, nil, change{status: http.StatusOK, answer: eventsAnswer, decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.End(stream.Name, offer, overlay.ByHand, now)
	}})
}

// Events are what has happened.
type Events struct {
	Events []overlay.Event `json:"events"`
}

func eventsAnswer(events []overlay.Event, _ *overlay.State) any {
	return Events{append([]overlay.Event{}, events...)}
}

// Banners are banners by ID.
type Banners struct {
	Banners []overlay.Banner `json:"banners"`
}

func (s *Server) listBanners(w http.ResponseWriter, _ *http.Request) {
	answer(w, Banners{append([]overlay.Banner{}, s.conf.Control.State().SortedBanners()...)})
}

var bannerFields = []string{"id", "text", "url", "duration_seconds", "source"}

func (s *Server) putBanner(w http.ResponseWriter, r *http.Request) {
	var b overlay.Banner
	body, err := read(r, &b, bannerFields...)
	if err != nil {
		s.fail(w, err)
		return
	}
	b.Source = overlay.FromAPI
	s.do(w, r, body, change{
		status: http.StatusOK,
		answer: func(_ []overlay.Event, after *overlay.State) any { return after.Banners[b.ID] },
		decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) { return state.PutBanner(b, now) },
	})
}

func (s *Server) removeBanner(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("banner")
	s.do(w, r, nil, change{
		status: http.StatusOK,
		answer: eventsAnswer,
		decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) { return state.RemoveBanner(id, now) },
	})
}

// bannerRequest is a banner to show, in which what is not given is told from
// what is empty.
type bannerRequest struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	URL      *string  `json:"url"`
	Duration *float64 `json:"duration_seconds"`
}

// over puts what was asked for over what was kept under the id.
func (b *bannerRequest) over(kept overlay.Banner) overlay.Banner {
	if b.Text != "" {
		kept = overlay.Banner{ID: b.ID, Text: b.Text, Source: overlay.FromAPI}
	}
	if b.URL != nil {
		kept.URL = *b.URL
	}
	if b.Duration != nil {
		kept.Duration = time.Duration(*b.Duration * float64(time.Second))
	}
	kept.ID = cmp.Or(kept.ID, unnamed)
	return kept
}

// Shown are the banners that a stream shows.
type Shown struct {
	Banners []overlay.Shown `json:"banners"`
}

func (s *Server) shownBanners(w http.ResponseWriter, r *http.Request) {
	if stream, ok := s.stream(w, r); ok {
		answer(w, Shown{append([]overlay.Shown{}, s.conf.Control.State().Stages[stream.Name].Banners...)})
	}
}

// unnamed is the id of a banner that is shown without one.
const unnamed = "banner"

// showBanner shows what is in the body; with an id alone, the banner that has it.
func (s *Server) showBanner(w http.ResponseWriter, r *http.Request) {
	stream, ok := s.stream(w, r)
	if !ok {
		return
	}
	var b bannerRequest
	body, err := read(r, &b, bannerFields...)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.do(w, r, body, change{status: http.StatusOK, answer: eventsAnswer, decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		kept, known := state.Banners[b.ID]
		if !known && b.Text == "" && b.ID != "" {
			return nil, &badRequest{http.StatusNotFound, fmt.Sprintf("there is no banner %q: give it a text, or make it first", b.ID)}
		}
		return state.ShowBanner(stream.Name, b.over(kept), now)
	}})
}

// hideBanner hides the one that the path names, or all.
func (s *Server) hideBanner(w http.ResponseWriter, r *http.Request) {
	stream, ok := s.stream(w, r)
	if !ok {
		return
	}
	id := r.PathValue("banner")
	s.do(w, r, nil, change{status: http.StatusOK, answer: eventsAnswer, decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
		return state.HideBanner(stream.Name, id, overlay.ByHand, now)
	}})
}

// Step is a step of a show, whether it has had its time, and whether it was missed
// then; the server's log says why.
type Step struct {
	overlay.Step
	Done, Missed bool
}

// MarshalJSON implements json.Marshaler: a Step's own would hide Done.
func (s Step) MarshalJSON() ([]byte, error) {
	return withField(s.Step, map[string]any{"done": s.Done, "missed": s.Missed})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Step) UnmarshalJSON(data []byte) error {
	more := struct {
		Done   *bool `json:"done"`
		Missed *bool `json:"missed"`
	}{&s.Done, &s.Missed}
	return errors.Join(json.Unmarshal(data, &s.Step), json.Unmarshal(data, &more))
}

// Show is a run of show.
type Show struct {
	Since time.Time `json:"since,omitzero"`
	Steps []Step    `json:"steps"`
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	if stream, ok := s.stream(w, r); ok {
		answer(w, showOf(s.conf.Control.State().Stages[stream.Name]))
	}
}

func showOf(stage overlay.Stage) Show {
	out := Show{Since: stage.Since, Steps: []Step{}}
	for i, step := range stage.Show.Steps {
		out.Steps = append(out.Steps, Step{step, slices.Contains(stage.Done, i), slices.Contains(stage.Missed, i)})
	}
	return out
}

func (s *Server) setShow(w http.ResponseWriter, r *http.Request) {
	var show overlay.Show
	var steps struct {
		Steps *[]map[string]json.RawMessage `json:"steps"`
	}
	body, err := read(r, &show, "steps", "since")
	if err == nil {
		_ = json.Unmarshal(body, &steps) // it has just been read
		if steps.Steps == nil {
			err = malformed(`the body must be {"steps": [...]}; DELETE clears the show`)
		} else {
			err = strict("steps", *steps.Steps, "at", "after_seconds", "offer", "end", "banner", "done", "missed")
		}
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	show.Source = overlay.FromAPI
	s.putShow(w, r, body, show)
}

func (s *Server) clearShow(w http.ResponseWriter, r *http.Request) {
	s.putShow(w, r, nil, overlay.Show{})
}

func (s *Server) putShow(w http.ResponseWriter, r *http.Request, body []byte, show overlay.Show) {
	stream, ok := s.stream(w, r)
	if !ok {
		return
	}
	s.do(w, r, body, change{
		status: http.StatusOK,
		answer: func(_ []overlay.Event, after *overlay.State) any { return showOf(after.Stages[stream.Name]) },
		decide: func(state *overlay.State, now time.Time) ([]overlay.Event, error) {
			return state.SetShow(stream.Name, show, now)
		},
	})
}

// Stage is what a stream shows.
type Stage struct {
	// URL is the secret link for the browser source of OBS.
	URL     string          `json:"url"`
	Offers  []overlay.Run   `json:"offers"`
	Banners []overlay.Shown `json:"banners"`
	// Audience is nil without a watch page.
	Audience *Audience `json:"audience,omitempty"`
}

// Audience is how a stream is watched on its page.
type Audience struct {
	// Viewers are there now; Peak is the most of this broadcast, or the last.
	Viewers int `json:"viewers"`
	Peak    int `json:"peak"`
	// Joins counts who came to see a broadcast, since the program runs, and
	// Returning those among them who had seen an earlier show before.
	Joins     uint64 `json:"joins"`
	Returning uint64 `json:"returning"`
	// Messages counts those of the chat since then.
	Messages uint64 `json:"messages"`
	// WatchSeconds is how long all of them together were there meanwhile.
	WatchSeconds float64 `json:"watch_seconds"`
}

func (s *Server) stage(w http.ResponseWriter, r *http.Request) {
	if stream, ok := s.stream(w, r); ok {
		stage := s.conf.Control.State().Stages[stream.Name]
		out := Stage{URL: s.conf.Links.OverlayLink(stream.Name), Offers: append([]overlay.Run{}, stage.Runs...), Banners: append([]overlay.Shown{}, stage.Banners...)}
		if a, watched := s.conf.Audience(stream.Name); watched {
			out.Audience = &a
		}
		answer(w, out)
	}
}
