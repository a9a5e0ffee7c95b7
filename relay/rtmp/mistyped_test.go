package rtmp

import (
	"strings"
	"testing"
)

func TestKeyTypedIntoTheURLIsRedacted(t *testing.T) {
	const secret = "k3y-7y9ed-1n"
	tests := map[string]struct{ server, says string }{
		"as the end of the path":       {"rtmp://host/live/" + secret, "no stream " + secret},
		"with the app before it":       {"rtmp://host/live/" + secret, "cannot publish live/" + secret},
		"in the query":                 {"rtmp://host/live?key=" + secret, "key=" + secret + " is in use"},
		"behind an app of two parts":   {"rtmp://host/a/b/" + secret, "a/b/" + secret + " is unknown"},
		"alone, from a longer path":    {"rtmp://host/a/b/" + secret, secret + " is unknown"},
		"alone, from the query":        {"rtmp://host/a?key=" + secret + "&x=1", secret + " is unknown"},
		"in the query, behind the app": {"rtmp://host/a/b?" + secret, "no: " + secret},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := parseServer(tt.server)
			if err != nil {
				t.Fatal(err)
			}
			if got := redact(tt.says, mistyped(a.app)...); strings.Contains(got, secret) || !strings.Contains(got, "***") {
				t.Errorf("the server's %q is shown as %q", tt.says, got)
			}
		})
	}
}
