package chathttp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hawker-live/hawker/overlay/chat"
)

const (
	maxBody     = 4 << 10
	postTimeout = 10 * time.Second
)

// said is what a page sends.
type said struct {
	Viewer   string `json:"viewer"`
	Nickname string `json:"nickname"`
	Text     string `json:"text"`
}

// post says something.
func (s *Server) post(w http.ResponseWriter, r *http.Request) {
	if !s.sameOrigin(w, r) {
		return
	}
	var what said
	if !read(w, r, &what, "viewer, nickname and text are wanted, as JSON") {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), postTimeout)
	defer cancel()
	m, err := s.conf.Desk.Post(ctx, r.PathValue("stream"), chat.Post{Viewer: what.Viewer, Nickname: what.Nickname, Text: what.Text, Addr: s.conf.Address(r)})
	if err != nil {
		s.refuse(w, err)
		return
	}
	answer(w, http.StatusCreated, m)
}

// read takes what a page sends, or answers with what is wrong with it.
func read(w http.ResponseWriter, r *http.Request, into any, wanted string) bool {
	wrong := func(status int, text string) bool {
		fail(w, status, problem{Error: text, Reason: chat.Malformed})
		return false
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return wrong(http.StatusUnsupportedMediaType, "It must be sent as application/json.")
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	body.DisallowUnknownFields()
	err := body.Decode(into)
	if err == nil {
		if _, more := body.Token(); more != io.EOF {
			err = errors.New("more than one value")
		}
	}
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &large):
		return wrong(http.StatusRequestEntityTooLarge, "It is much too long.")
	}
	return wrong(http.StatusBadRequest, "It could not be read: "+wanted+".")
}

// erase deletes all that a viewer wrote, who has the id.
func (s *Server) erase(w http.ResponseWriter, r *http.Request) {
	var who struct {
		Viewer string `json:"viewer"`
	}
	if !s.sameOrigin(w, r) || !read(w, r, &who, "viewer is wanted, as JSON") {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), postTimeout)
	defer cancel()
	if err := s.conf.Desk.EraseOwn(ctx, who.Viewer, s.conf.Address(r)); err != nil {
		s.refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sameOrigin lets those through that come from a page of this server's. Browsers
// say where a request comes from by Sec-Fetch-Site, and those from before 2023 by
// Origin; what says neither is no browser.
func (s *Server) sameOrigin(w http.ResponseWriter, r *http.Request) bool {
	if s.ownPage(r) {
		return true
	}
	fail(w, http.StatusForbidden, problem{Error: "Only the watch page may write in the chat."})
	return false
}

func (s *Server) ownPage(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == s.conf.Origin() {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == r.Host
}

// problem is the body of every error.
type problem struct {
	// Error is for people.
	Error string `json:"error"`
	// Reason is for programs.
	Reason chat.Reason `json:"reason,omitempty"`
	// RetryAfter is in seconds.
	RetryAfter int `json:"retry_after,omitempty"`
}

// statuses are those of refusals.
var statuses = map[chat.Reason]int{
	chat.Malformed: http.StatusBadRequest, chat.TooLong: http.StatusUnprocessableEntity, chat.Name: http.StatusUnprocessableEntity,
	chat.NameTaken: http.StatusUnprocessableEntity, chat.Words: http.StatusUnprocessableEntity,
	chat.Rate: http.StatusTooManyRequests, chat.Address: http.StatusTooManyRequests, chat.Slow: http.StatusTooManyRequests,
	chat.Muted: http.StatusForbidden, chat.Banned: http.StatusForbidden, chat.Off: http.StatusForbidden,
	chat.Busy: http.StatusServiceUnavailable, chat.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers with why something was not done.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	var no *chat.Refusal
	switch {
	case errors.As(err, &no):
		fail(w, statuses[no.Reason], problem{no.Text, no.Reason, seconds(no.After)})
	case errors.Is(err, chat.ErrNoStream):
		fail(w, http.StatusNotFound, problem{Error: "There is no chat here."})
	case errors.Is(err, chat.ErrFull):
		fail(w, http.StatusServiceUnavailable, problem{"So many people watch that the chat is full. Please try again later.", chat.Busy, 30})
	default: // the chat begins or ends, or the client has gone
		fail(w, http.StatusServiceUnavailable, problem{"The chat is away. Please try again.", chat.Unavailable, 2})
	}
}

// seconds is a wait, rounded up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func fail(w http.ResponseWriter, status int, p problem) {
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	answer(w, status, p)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the page has gone; there is nobody to tell
}
