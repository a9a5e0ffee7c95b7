package relay_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// checkWhole tells that a session got all that was sent, byte for byte, and
// that it began and ran as it should.
func checkWhole(t *testing.T, name string, e *relaytest.Encoder, s *relaytest.Session) {
	t.Helper()
	got := s.Messages() // first: the encoder may go on
	sent := e.Sent()
	for _, err := range []error{relaytest.Compare(sent, got), relaytest.CheckOpening(got), relaytest.CheckClock(got)} {
		if err != nil {
			t.Errorf("%s, connection %d: %v", name, s.Number(), err)
		}
	}
}

// checkUndisturbed tells that a platform has had one connection all along,
// which has got everything that was sent so far.
func checkUndisturbed(t *testing.T, name string, e *relaytest.Encoder, p *relaytest.Platform) {
	t.Helper()
	sent := e.Sent()
	s := session(t, p, 1)
	if err := s.WaitFor(within(t, noise*5), sent[len(sent)-1].Hash); err != nil {
		t.Errorf("%s: the newest message has not come: %v", name, err)
	}
	checkWhole(t, name, e, s)
	if n := len(p.Connections()); n != 1 {
		t.Errorf("%s: %d connections, want the first one alone", name, n)
	}
}

// tells is everything that a relay says to those who ask.
func (r *rig) tells() string {
	status, err := json.Marshal(r.Status())
	if err != nil {
		r.t.Errorf("status: %v", err)
	}
	page := httptest.NewRecorder()
	promhttp.HandlerFor(r.metrics, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	return string(status) + "\n" + page.Body.String()
}

// marker is within every key, and has no character that any encoding changes
// but for base64 and hex, which change all.
const marker = "s3cr3tk3y"

func checkSecrecy(t *testing.T, told string) {
	t.Helper()
	for _, leak := range leaks(told) {
		t.Errorf("a key was told: ...%s...", leak)
	}
}

// leaks are the first places where a text tells a key, one for each encoding.
func leaks(told string) (found []string) {
	note := func(text, what string) {
		if at := strings.Index(text, what); at >= 0 {
			found = append(found, told[max(0, at-200):min(len(told), at+100)])
		}
	}
	note(strings.ToLower(told), marker)
	note(strings.ToLower(told), hex.EncodeToString([]byte(marker)))
	for _, s := range base64Of(marker) {
		note(told, s)
	}
	return found
}

// base64Of is what text looks like within base64, wherever in it it begins,
// without what its neighbours take part in.
func base64Of(text string) []string {
	var out []string
	for shift := range 3 {
		b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
		whole := (shift + len(text)) / 3 * 4
		out = append(out, b[(shift+2)/3*4:whole])
	}
	return out
}
