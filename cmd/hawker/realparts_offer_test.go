package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestRealOffer starts and ends an offer by the command line while a real ffmpeg
// publishes: destinations that want it get it within the stream, in pictures that
// are the same, and the others do not.
func TestRealOffer(t *testing.T) {
	t.Parallel()
	r := newRealParts(t)
	with, without := r.startNginx(t), r.startNginx(t)
	wants, caFile := startSecurePlatform(t)
	plain, plainCA := startSecurePlatform(t)
	h := r.serve(t, fmt.Sprintf(`
      - {name: with, url: %q, key: %s, metadata: sei}
      - {name: without, url: %q, key: %s}
      - {name: wants, url: %q, key: %s, ca_file: %q, metadata: [amf]}
      - {name: plain, url: %q, key: %s, ca_file: %q}
`, with.url, nginxKey, without.url, ffmpegKey, wants.URL(), tlsKey, caFile, plain.URL(), tlsKey, plainCA))
	play := r.publish(t, h.url)
	first, err := wants.WaitSession(h.ctx, 1)
	must(t, err)
	second, err := plain.WaitSession(h.ctx, 1)
	must(t, err)
	for _, args := range [][]string{
		{"offer", "add", "honey", "--title", "Chestnut honey", "--price", "12.50 EUR", "--url", "https://shop.example.com/honey", "--disclosure", "own"},
		{"offer", "start", "main", "honey"},
	} {
		h.command(t, args...)
	}
	must(t, first.WaitMessages(h.ctx, first.Len()+100))
	h.command(t, "offer", "end", "main", "honey")
	must(t, play.Wait())
	must(t, first.WaitEnd(h.ctx))
	must(t, second.WaitEnd(h.ctx))
	h.terminate(t)

	want := []string{"offer.start honey", "offer.end honey"}
	marked, unmarked := with.recording(h.ctx, t), without.recording(h.ctx, t)
	t.Run("SEI in the recording of nginx", func(t *testing.T) {
		if got := seiCues(t, marked); !slices.Equal(got, want) {
			t.Errorf("cues are %q, want %q", got, want)
		}
		if got := seiCues(t, unmarked); len(got) > 0 {
			t.Errorf("without metadata there are %q", got)
		}
		shown := r.run(t, "-v", "info", "-i", marked, "-vf", "showinfo", "-an", "-f", "null", "-")
		uuid := hex.EncodeToString(inject.UUID[:])
		if !strings.Contains(strings.ReplaceAll(shown, "-", ""), uuid) {
			t.Errorf("showinfo shows no %s", uuid)
		}
	})
	t.Run("the same pictures", func(t *testing.T) {
		a, b := r.pictures(t, marked), r.pictures(t, unmarked)
		if n := min(len(a), len(b)); n < 100 || !slices.Equal(a[len(a)-n:], b[len(b)-n:]) {
			t.Errorf("%d and %d pictures are not the same", len(a), len(b))
		}
	})
	t.Run("AMF at the platform", func(t *testing.T) {
		if got := amfCues(t, first.Messages()); !slices.Equal(got, want) {
			t.Errorf("cues are %q, want %q", got, want)
		}
	})
	t.Run("nothing where nothing is wanted", func(t *testing.T) {
		r.sameBodies(t, second.Messages())
		for _, m := range second.Messages() {
			if m.Kind == media.Data && m.Name != "@setDataFrame" && m.Name != "onMetaData" {
				t.Errorf("it got %v", m)
			}
		}
	})
}

// command runs a command with the server's configuration.
func (h *realHawker) command(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errOut := command(h.ctx, "", append([]string{"-c", h.conf}, args...)...)
	if code != exitOK {
		t.Fatalf("hawker %s: exit code %d: %s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out
}

// told are the cues in texts, but for what is repeated.
func told(t *testing.T, texts [][]byte) (out []string) {
	t.Helper()
	for _, text := range texts {
		var c overlay.Cue
		if err := json.NewDecoder(bytes.NewReader(text)).Decode(&c); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !c.Repeat {
			out = append(out, c.Type+" "+c.ID)
		}
	}
	return out
}

// seiCues reads a recording with the relay's own reader.
func seiCues(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	reader := flv.NewReader(bytes.NewReader(data))
	var texts [][]byte
	for {
		tag, err := reader.Next()
		if err != nil {
			break // nginx may leave the last tag unfinished
		}
		if i := bytes.Index(tag.Body, inject.UUID[:]); i >= 0 && tag.Kind == media.Video {
			texts = append(texts, tag.Body[i+len(inject.UUID):])
		}
	}
	return told(t, texts)
}

// amfCues are the cues of the text messages, each of which must come with a cue
// point, and none before the first keyframe.
func amfCues(t *testing.T, messages []relaytest.Received) []string {
	t.Helper()
	var texts [][]byte
	points, begun := 0, false
	for _, m := range messages {
		begun = begun || m.Keyframe
		switch {
		case m.Kind != media.Data || m.Name != "onTextData" && m.Name != "onCuePoint":
			continue
		case !begun:
			t.Errorf("%v comes before the first keyframe", m)
		case m.Name == "onCuePoint":
			points++
		default:
			texts = append(texts, m.Body[bytes.IndexByte(m.Body, '{'):])
		}
	}
	if points != len(texts) {
		t.Errorf("%d cue points and %d texts", points, len(texts))
	}
	return told(t, texts)
}

// pictures are the hashes of a recording's pictures, decoded.
func (r *realParts) pictures(t *testing.T, file string) (out []string) {
	t.Helper()
	for line := range strings.Lines(r.run(t, "-v", "error", "-i", file, "-map", "0:v", "-f", "framemd5", "-")) {
		if f := strings.Split(strings.TrimSpace(line), ","); len(f) >= 6 && !strings.HasPrefix(line, "#") {
			out = append(out, strings.TrimSpace(f[5]))
		}
	}
	return out
}
