package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/relaytest"
)

func TestReservedNamesAgree(t *testing.T) {
	if got, want := config.Reserved(), watch.Reserved(); !slices.Equal(got, want) {
		t.Errorf("config reserves %v, watch %v", got, want)
	}
}

// page gets a public page, whatever its status.
func (h *hawker) page(path string) (int, string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.ctx, http.MethodGet, "http://"+h.public+path, nil)
	must(h.t, err)
	resp, err := http.DefaultClient.Do(req)
	must(h.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(h.t, err)
	return resp.StatusCode, string(body)
}

// The page is there before the show, the picture during it, and a stream that
// comes and goes with the configuration has and loses its page.
func TestWatchPageOfARunningServer(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	h := serve(t, mainYAML(p)+"brand: {name: Lan's Kitchen}\n")
	if code, body := h.page("/main"); code != http.StatusOK || !strings.Contains(body, "Lan&#39;s Kitchen") {
		t.Errorf("before the show: %d %.300s", code, body)
	}
	if code, _ := h.page("/main/index.m3u8"); code != http.StatusNotFound {
		t.Errorf("before the show the playlist is answered %d", code)
	}
	if _, body := h.page("/"); !strings.Contains(body, `data-stream="main"`) {
		t.Errorf("/ does not lead to the only page: %.300s", body)
	}
	h.publish(mainKey)
	h.session(p, 1, 60)
	code, body := h.page("/main/index.m3u8")
	if code != http.StatusOK || !strings.Contains(body, `CODECS="avc1.`) {
		t.Fatalf("the playlist: %d %s", code, body)
	}
	lines := strings.Fields(body)
	code, body = h.page("/main/" + lines[len(lines)-1])
	if code != http.StatusOK || !strings.Contains(body, "#EXT-X-PART:") {
		t.Errorf("the media playlist %s: %d %s", lines[len(lines)-1], code, body)
	}
	h.write(mainYAML(p) + "  - {name: second, key: key-of-second, title: Miel, lang: fr}\n  - {name: hidden, key: key-of-hidden, watch: false}\n")
	h.log.wait(h.ctx, t, "configuration in force", 1)
	for path, want := range map[string]int{"/second": 200, "/hidden": 404, "/nobody": 404} {
		if code, _ := h.page(path); code != want {
			t.Errorf("%s is answered %d, want %d", path, code, want)
		}
	}
	if _, body := h.page("/second"); !strings.Contains(body, `<h1 lang="fr">Miel</h1>`) {
		t.Errorf("the page of another language: %s", body)
	}
	if _, body := h.page("/"); !strings.Contains(body, `href="/main"`) || !strings.Contains(body, `href="/second"`) || strings.Contains(body, `/hidden"`) {
		t.Errorf("/ lists %s", body)
	}
	h.metric(`hawker_viewers{destination="watch",stream="main"} 0`)
}

// A viewer writes on the page's chat, the host reads it on the command line, and
// both see what the other says.
func TestChatOfARunningServer(t *testing.T) {
	h := serve(t, strings.Replace(mainYAML(), "    stop_grace", "    chat: {host: Lan}\n    stop_grace", 1))
	post := func(text string, origin string, want int) {
		t.Helper()
		body := `{"viewer":"S5n0x2n7u4W0gq3J1m9vBw","nickname":"Ana","text":"` + text + `"}`
		req, err := http.NewRequestWithContext(h.ctx, http.MethodPost, "http://"+h.public+"/main/chat", strings.NewReader(body))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer func() { _ = resp.Body.Close() }()
		answer, err := io.ReadAll(resp.Body)
		must(t, err)
		if resp.StatusCode != want {
			t.Fatalf("the chat answers %s, want %d: %s", resp.Status, want, answer)
		}
	}
	post("Is it hot?", "http://"+h.public, http.StatusCreated)
	post("Is it hot?", "https://evil.example", http.StatusForbidden)
	h.does([]string{"chat", "show", "main"}, "Ana: Is it hot[?]")
	h.does([]string{"chat", "say", "main", "Not at all"}, "Lan said it on main")
	ana, err := chat.PublicID("S5n0x2n7u4W0gq3J1m9vBw")
	must(t, err)
	h.does([]string{"chat", "mute", "main", ana, "--for", "10m"}, "is muted on main until .*; today [(]UTC[)] so is who is new at the address\n$")
	h.does([]string{"chat", "ban", "main", ana}, "is banned on main until .*; today [(]UTC[)] so is everybody at the address\n$")
	h.does([]string{"chat", "show", "main"}, ana+" +ban +until .*, address too")
	post("Hello?", "http://"+h.public, http.StatusForbidden)
	h.does([]string{"chat", "unban", "main", ana})
	post("Is it cold?", "http://"+h.public, http.StatusCreated)
	h.does([]string{"chat", "show", "main"}, "host +Lan: Not at all")
	h.does([]string{"chat", "slow", "main", "30s"})
	h.does([]string{"chat", "close", "main"})
	post("Hello?", "http://"+h.public, http.StatusForbidden)
	h.metric(`hawker_chat_messages_total{stream="main"} 3`)
	h.does([]string{"status"}, "main has 0 viewers on its page; 3 chat messages")
}

// A show that was recorded can be seen again, from its page. While it is recorded,
// and while it cannot be, the operator is told.
func TestReplayOfARunningServer(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "main"), []byte("in the way"), 0o600))
	h := serve(t, strings.Replace(mainYAML(p), "    stop_grace", "    record: "+folder+"\n    stop_grace", 1))
	e := h.publish(mainKey)
	h.session(p, 1, 50)
	h.does([]string{"status"}, "! nothing is recorded: .* [(][0-9]+s ago; it is tried again")
	h.metric(`hawker_recording_active{stream="main"} 0`)
	must(t, os.Remove(filepath.Join(folder, "main")))
	until(h.ctx, t, "a recording", func() bool {
		_, out, _ := h.command("", "status")
		return regexp.MustCompile(`  recording 20.*Z[.]mp4 for [0-9]+s, [0-9.]+ [kM]B\n`).MatchString(out)
	})
	h.metric(`hawker_recording_active{stream="main"} 1`)
	e.Stop()
	date := ""
	until(h.ctx, t, "a finished recording", func() bool {
		var list struct{ Shows []record.Summary }
		code, body := h.page("/main/replay/shows.json")
		if err := json.Unmarshal([]byte(body), &list); code != http.StatusOK || err != nil || len(list.Shows) == 0 || list.Shows[0].Running {
			return false
		}
		date = list.Shows[0].Date
		return true
	})
	for path, want := range map[string]int{date: 200, date[:len("2006-01-02")]: 200, "2001-01-01": 404, "2001-01-01T10-00-00Z": 404} {
		if code, body := h.page("/main/replay/" + path + "/offers.json"); code != want || code == 200 && body != `{"changes":[]}` {
			t.Errorf("what was on offer in %s is answered %d %s, want %d", path, code, body, want)
		}
	}
	if code, _ := h.page("/main/replay"); code != http.StatusOK {
		t.Errorf("the list of shows is answered %d", code)
	}
	h.metric(`hawker_recording_active{stream="main"} 0`)
}

// A page says for how long what is written in its chat is kept: by the program that
// runs, whatever the configuration says by now.
func TestPageTellsHowLongChatsAreKept(t *testing.T) {
	yaml := func(retention string) string {
		return strings.Replace(mainYAML(), "    stop_grace", "    chat: true\n    stop_grace", 1) + "  - {name: quiet, key: key-of-quiet}\nchat_retention: " + retention + "\n"
	}
	h := serve(t, yaml("36h"))
	tells := func(when, want string) {
		t.Helper()
		_, body := h.page("/main")
		if !strings.Contains(body, "180 days. What is written in the chat is kept for "+want+".") {
			t.Errorf("%s the page does not tell of %s", when, want)
		}
	}
	tells("at first", "36 hours")
	if _, body := h.page("/quiet"); strings.Contains(body, "is kept for") || !strings.Contains(body, "180 days") {
		t.Error("without a chat the page tells of one")
	}
	h.write(yaml("72h"))
	h.log.wait(h.ctx, t, "configuration in force", 1)
	tells("before the next start", "36 hours")
	if code := h.end(); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, h.log)
	}
	h = resume(t, h)
	tells("after it", "3 days")
}
