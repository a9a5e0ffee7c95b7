package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
)

// chatRoutes are there when there is a chat. To do twice what they do is no
// mistake; but each thing that is said is said again.
func (s *Server) chatRoutes() map[string]http.HandlerFunc {
	const room = "/api/v1/streams/{stream}/chat"
	return map[string]http.HandlerFunc{
		"GET " + room:                            s.showChat,
		"POST " + room:                           s.sayInChat,
		"DELETE " + room + "/messages/{message}": s.deleteMessage,
		"PUT " + room + "/settings":              s.setChat(defaultChat),
		"PATCH " + room + "/settings":            s.setChat(func(*overlay.ChatSettings) {}),

		"POST " + room + "/viewers/{viewer}/mute":  s.sanction(s.conf.Chat.Mute),
		"POST " + room + "/viewers/{viewer}/ban":   s.sanction(s.conf.Chat.Ban),
		"POST " + room + "/viewers/{viewer}/unban": s.lift,
		"DELETE " + room + "/viewers/{viewer}":     s.eraseViewer,
	}
}

// defaultChat is how a chat is of which nothing is said.
func defaultChat(c *overlay.ChatSettings) { *c = overlay.ChatSettings{Enabled: true} }

func (s *Server) showChat(w http.ResponseWriter, r *http.Request) {
	status, err := s.conf.Chat.Status(r.PathValue("stream"))
	if err != nil {
		s.failChat(w, err)
		return
	}
	answer(w, status)
}

// chatSaid is the body of what is said: as the host, unless it says otherwise.
type chatSaid struct {
	Text     string           `json:"text"`
	Role     overlay.ChatRole `json:"role"`
	Nickname string           `json:"nickname"` // of a moderator
}

func (s *Server) sayInChat(w http.ResponseWriter, r *http.Request) {
	said := chatSaid{Role: overlay.ChatHost}
	if _, err := read(r, &said, "text", "role", "nickname"); err != nil {
		s.fail(w, err)
		return
	}
	m, err := s.conf.Chat.Say(r.Context(), r.PathValue("stream"), said.Role, said.Nickname, said.Text)
	if err != nil {
		s.failChat(w, err)
		return
	}
	send(w, http.StatusCreated, encode(m))
}

func (s *Server) deleteMessage(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseUint(r.PathValue("message"), 10, 63)
	if err != nil || id == 0 {
		s.fail(w, malformed("%q is no message's id: it is a number", r.PathValue("message")))
		return
	}
	s.done(w, s.conf.Chat.Delete(r.Context(), r.PathValue("stream"), id))
}

// chatSettings is the body of a change of settings.
type chatSettings struct {
	Enabled      *bool     `json:"enabled"`
	SlowSeconds  *int      `json:"slow_seconds"`
	BlockedWords *[]string `json:"blocked_words"`
}

// setChat changes what is given; begin says what becomes of the rest.
func (s *Server) setChat(begin func(*overlay.ChatSettings)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var ask chatSettings
		if _, err := read(r, &ask, "enabled", "slow_seconds", "blocked_words"); err != nil {
			s.fail(w, err)
			return
		}
		settings, err := s.conf.Chat.Set(r.Context(), r.PathValue("stream"), func(c *overlay.ChatSettings) {
			begin(c)
			ask.over(c)
		})
		if err != nil {
			s.failChat(w, err)
			return
		}
		answer(w, settings)
	}
}

func (a *chatSettings) over(c *overlay.ChatSettings) {
	if a.Enabled != nil {
		c.Enabled = *a.Enabled
	}
	if a.SlowSeconds != nil {
		c.SlowSeconds = *a.SlowSeconds
	}
	if a.BlockedWords != nil {
		c.BlockedWords = *a.BlockedWords
	}
}

type sanctioner func(ctx context.Context, stream, viewer string, t chat.Terms) (chat.Sanction, error)

// sanction puts a mute or a ban into force.
func (s *Server) sanction(do sanctioner) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Seconds    int64 `json:"seconds"`
			ViewerOnly bool  `json:"viewer_only"`
		}
		if _, err := read(r, &ask, "seconds", "viewer_only"); err != nil {
			s.fail(w, err)
			return
		}
		if most := int64(chat.MaxSanction.Seconds()); ask.Seconds < 0 || ask.Seconds > most {
			s.fail(w, &overlay.Invalid{What: "sanction", Fields: []overlay.FieldError{{Field: "seconds", Detail: fmt.Sprintf("must be 1 to %d, or 0 for what is usual", most)}}})
			return
		}
		in, err := do(r.Context(), r.PathValue("stream"), r.PathValue("viewer"), chat.Terms{For: time.Duration(ask.Seconds) * time.Second, ViewerOnly: ask.ViewerOnly})
		if err != nil {
			s.failChat(w, err)
			return
		}
		answer(w, in)
	}
}

func (s *Server) lift(w http.ResponseWriter, r *http.Request) {
	s.done(w, s.conf.Chat.Lift(r.Context(), r.PathValue("stream"), r.PathValue("viewer")))
}

// eraseViewer deletes all that a viewer wrote, on all streams.
func (s *Server) eraseViewer(w http.ResponseWriter, r *http.Request) {
	if _, err := s.conf.Chat.Status(r.PathValue("stream")); err != nil {
		s.failChat(w, err)
		return
	}
	s.done(w, s.conf.Chat.Erase(r.Context(), r.PathValue("viewer")))
}

func (s *Server) done(w http.ResponseWriter, err error) {
	if err != nil {
		s.failChat(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// failChat answers with what went wrong.
func (s *Server) failChat(w http.ResponseWriter, err error) {
	var no *chat.Refusal
	switch {
	case errors.Is(err, chat.ErrNoStream):
		s.conf.Problem(w, http.StatusNotFound, err.Error())
	case errors.Is(err, chat.ErrUnsaved), errors.As(err, &no) && no.Reason == chat.Unavailable:
		w.Header().Set("Retry-After", "5")
		s.conf.Problem(w, http.StatusServiceUnavailable, err.Error())
	case errors.As(err, &no):
		s.conf.Problem(w, http.StatusUnprocessableEntity, err.Error())
	default:
		s.fail(w, err)
	}
}
