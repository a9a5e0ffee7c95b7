package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/control"
)

// badRequest is a request that cannot be read.
type badRequest struct {
	status int
	text   string
}

func (e *badRequest) Error() string { return e.text }

func malformed(format string, args ...any) error {
	return &badRequest{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// maxKey is how long an Idempotency-Key may be.
const maxKey = 200

// change is a request that changes something.
type change struct {
	decide func(s *overlay.State, now time.Time) ([]overlay.Event, error)
	// answer is what is said of it, from how things are then.
	answer func(events []overlay.Event, after *overlay.State) any
	status int
}

// do does a change and answers. The same key with the same request gives the
// same answer again.
func (s *Server) do(w http.ResponseWriter, r *http.Request, body []byte, c change) {
	request := control.Request{Decide: c.decide, Answer: func(events []overlay.Event, after *overlay.State) (int, []byte) {
		return c.status, encode(c.answer(events, after))
	}}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		if len(key) > maxKey || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
			s.fail(w, malformed("Idempotency-Key must be 1 to %d visible characters of ASCII", maxKey))
			return
		}
		request.Key, request.Hash = key, hash(r, body)
	}
	result, err := s.conf.Control.Do(r.Context(), request)
	if err != nil {
		s.fail(w, err)
		return
	}
	if result.Repeated {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	send(w, result.Status, result.Body)
}

func hash(r *http.Request, body []byte) string {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s %s\n", r.Method, r.URL.Path)
	_, _ = sum.Write(body)
	return hex.EncodeToString(sum.Sum(nil))
}

// read returns the request's body, and decodes it into v unless it is empty.
// Fields that are none of those allowed are an error: a misspelt one would be
// ignored.
func read(r *http.Request, v any, allowed ...string) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, &badRequest{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", large.Limit)}
	}
	if err != nil {
		return nil, malformed("the body could not be read: %v", err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return body, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, malformed("the body is not a JSON object: %v", err)
	}
	for name := range fields {
		if !slices.Contains(allowed, name) {
			return nil, malformed("%q is not one of %s", name, strings.Join(allowed, ", "))
		}
	}
	if err := json.Unmarshal(body, v); err != nil {
		return nil, malformed("%v", decodeError(err))
	}
	return body, nil
}

// strict finds fields that are none of those allowed in the objects of a list.
func strict(name string, list []map[string]json.RawMessage, allowed ...string) error {
	for i, object := range list {
		for field := range object {
			if !slices.Contains(allowed, field) {
				return malformed("%s[%d]: %q is not one of %s", name, i, field, strings.Join(allowed, ", "))
			}
		}
	}
	return nil
}

// decodeError says what was wrong in words of JSON, not of Go.
func decodeError(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		_, field, nested := strings.Cut(kind.Field, ".") // the first is a type of ours where it begins with plain
		if !nested || !strings.HasPrefix(kind.Field, "plain") {
			field = kind.Field
		}
		if field == "price.amount" || field == "compare_at.amount" {
			return fmt.Errorf("%s cannot be a %s: it is in minor units, 1250 for 12.50 EUR", field, kind.Value)
		}
		return fmt.Errorf("%s cannot be a %s", field, kind.Value)
	}
	var clock *time.ParseError
	if errors.As(err, &clock) {
		return fmt.Errorf("%q is not a time as RFC 3339 has it, such as 2026-11-27T20:15:00+01:00", strings.Trim(clock.Value, `"`))
	}
	return err
}
