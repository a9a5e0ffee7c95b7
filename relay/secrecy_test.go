package relay_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// Every relay in this package is watched for keys it tells (see rig.end). Here
// are those who provoke it.
func TestKeysAreNotTold(t *testing.T) {
	t.Parallel()
	secret := key("to-d").Reveal()
	tests := map[string]struct {
		description string
		edit        func(server string) string
	}{
		"a platform that quotes the key":          {description: "no stream " + secret},
		"a platform that quotes it in a URL":      {description: "rtmp://x/live/" + url.QueryEscape(secret) + " is no stream"},
		"a platform that quotes it in a path":     {description: "/live/" + url.PathEscape(secret)},
		"a platform that quotes it in capitals":   {description: strings.ToUpper(secret)},
		"a platform that quotes it without query": {description: "no stream " + strings.Split(secret, "?")[0]},
		"a key in the server's URL":               {"no", func(s string) string { return s + "/" + url.PathEscape(secret) }},
		"a key in the server's query":             {"no", func(s string) string { return s + "?key=" + url.QueryEscape(secret) }},
		"a key for a host name":                   {"", func(string) string { return "rtmp://host.invalid/" + url.PathEscape(secret) }},
		"a key for a port":                        {"", func(string) string { return "rtmp://127.0.0.1:1/" + url.PathEscape(secret) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := relaytest.StartPlatform(t, relaytest.PlatformConfig{Script: relaytest.RefuseAt(rtmp.StepPublish, rtmp.CodeDenied, tt.description)})
			d := to("d", p)
			if tt.edit != nil {
				d.Target.Server = tt.edit(d.Target.Server)
			}
			r := live(t, d)
			r.encode(relaytest.EncoderConfig{})
			eventually(t, 15*time.Second, "the failure is told", func() bool { return r.status("d").Error != "" })
			if s := r.status("d").State; s == destination.Live {
				t.Errorf("state %s", s)
			}
			wrong := r.ingest("main")
			wrong.Key = key("wrong")
			if err := r.try("", wrong); err == nil || strings.Contains(err.Error(), marker) {
				t.Errorf("a wrong key: %v", err)
			}
		})
	}
}

// The watch itself must see.
func TestMarkerIsSeenInEveryEncoding(t *testing.T) {
	secret := key("x").Reveal()
	tests := map[string]string{
		"as it is": secret, "in a query": url.QueryEscape(secret), "in a path": url.PathEscape(secret), "capitals": strings.ToUpper(secret),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 within": base64.URLEncoding.EncodeToString([]byte("u:" + secret)),
		"base64, third place": base64.RawStdEncoding.EncodeToString([]byte("a" + secret)),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if len(leaks("level=INFO msg=\""+text+"\"")) == 0 {
				t.Errorf("not seen in %s", text)
			}
		})
	}
	if found := leaks("level=INFO msg=\"nothing to see\" key=***"); len(found) > 0 {
		t.Errorf("seen where it is not: %v", found)
	}
}
