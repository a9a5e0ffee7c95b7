package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestDemo watches until the moody platform has misbehaved once.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--for", "8s"}, strings.NewReader(""), &out, &errOut); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	page := out.String()
	for _, want := range []string{
		"H264 High 3.0 640x360", "AAC LC 48 kHz 2 ch", "keyframe every 2.0 s",
		"Watch page, to open", "/overlay/demo?key=", "an offer begins", "moody resets the connection", "What the platforms received",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the demo does not show %q", want)
		}
	}
	for _, name := range demoPlatforms {
		line := page[strings.LastIndex(page, "  "+name+" "):]
		line, _, _ = strings.Cut(line, "\n")
		if !strings.Contains(line, "equal the encoder's byte for byte") {
			t.Errorf("at the end %s is %q", name, line)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}
