package api_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
)

// viewer writes in the chat of main.
func (d *desk) viewer(id, text string) (overlay.ChatMessage, error) {
	return d.chat.Post(d.t.Context(), "main", chat.Post{Viewer: id, Nickname: "Ana", Text: text, Addr: netip.MustParseAddr("192.0.2.1")})
}

func TestChatIsModerated(t *testing.T) {
	d := open(t)
	const room = "/streams/main/chat"
	d.wants(200, "GET", room, "", `"host": "Lan"`, `"messages": []`, `"blocked_words": []`, `"sanctions": []`, `"retention_seconds": 86400`)
	ana := strings.Repeat("a", 22)
	m, err := d.viewer(ana, "Is it hot?")
	if err != nil {
		t.Fatal(err)
	}
	d.wants(201, "POST", room, `{"text":"Very!"}`, `"nickname": "Lan"`, `"role": "host"`)
	d.wants(201, "POST", room, `{"text":"Be kind","role":"moderator","nickname":"Mai"}`, `"role": "moderator"`)
	d.wants(200, "GET", room, "", "Is it hot?", "Very!", "Be kind")

	message := fmt.Sprintf("%s/messages/%d", room, m.ID)
	d.wants(204, "DELETE", message, "")
	d.wants(204, "DELETE", message, "")
	if text := d.wants(200, "GET", room, ""); strings.Contains(text, "Is it hot?") {
		t.Error("a message is there after its end")
	}

	viewer := room + "/viewers/" + m.Viewer
	d.wants(200, "POST", viewer+"/mute", `{"seconds":60}`, `"kind": "mute"`, `"until"`, `"address_too": true`)
	if _, err := d.viewer(strings.Repeat("b", 22), "hello?"); err == nil {
		t.Error("another id of one who is muted writes on")
	}
	d.wants(200, "POST", viewer+"/mute", `{"viewer_only":true}`, `"address_too": false`)
	if _, err := d.viewer(strings.Repeat("b", 22), "hello?"); err != nil {
		t.Errorf("one from an address that was left alone: %v", err)
	}
	d.wants(200, "POST", viewer+"/mute", `{"seconds":60}`)
	if _, err := d.viewer(ana, "hello?"); err == nil || !strings.Contains(err.Error(), "again in 60 seconds") && !strings.Contains(err.Error(), "again in 1 minute") {
		t.Errorf("one who is muted: %v", err)
	}
	d.wants(204, "POST", viewer+"/unban", "")
	if _, err := d.viewer(ana, "hello!"); err != nil {
		t.Errorf("one who is not muted any more: %v", err)
	}
	d.wants(200, "POST", viewer+"/ban", "", `"kind": "ban"`, `"address_too": true`)
	d.wants(200, "GET", room, "", `"kind": "ban"`, `"address_too": true`)
	d.wants(200, "POST", room+"/viewers/AAAAAAAAAAAAAAAA/ban", "", `"address_too": false`)
	if _, err := d.viewer(strings.Repeat("b", 22), "hello?"); err == nil {
		t.Error("the address of one who is banned writes on")
	}
	d.wants(204, "POST", viewer+"/unban", "")
	if _, err := d.viewer(ana, "erase this"); err != nil {
		t.Fatal(err)
	}
	d.wants(204, "DELETE", viewer, "")
	d.wants(204, "DELETE", viewer, "")
	if text := d.wants(200, "GET", room, "", "Very!"); strings.Contains(text, "erase this") {
		t.Error("a message is there after its viewer's end")
	}
}

func TestChatSettings(t *testing.T) {
	d := open(t)
	const settings = "/streams/main/chat/settings"
	d.wants(200, "PATCH", settings, `{"slow_seconds":30}`, `"enabled": true`, `"slow_seconds": 30`)
	d.wants(200, "PATCH", settings, `{"blocked_words":["scam"]}`, `"slow_seconds": 30`, `"scam"`)
	if _, err := d.viewer(strings.Repeat("a", 22), "what a scam"); err == nil {
		t.Error("a blocked word is taken")
	}
	d.wants(200, "PUT", settings, `{"enabled":false}`, `"enabled": false`, `"slow_seconds": 0`, `"blocked_words": []`)
	d.wants(200, "PUT", settings, `{}`, `"enabled": true`)
	d.wants(422, "PATCH", settings, `{"slow_seconds":301}`, "must be 0 to 300")
	d.wants(422, "PATCH", settings, `{"blocked_words":["!"]}`, "no letter or digit")
	d.wants(400, "PATCH", settings, `{"slow":3}`, "is not one of")
	d.wants(200, "GET", "/streams/main/chat", "", `"slow_seconds": 0`)
}

func TestChatRefusals(t *testing.T) {
	d := open(t)
	const room = "/streams/main/chat"
	for name, tc := range map[string]struct {
		status             int
		method, path, body string
		says               string
	}{
		"no chat":           {404, "GET", "/streams/second/chat", "", "no stream with a chat"},
		"say where none is": {404, "POST", "/streams/second/chat", `{"text":"hi"}`, "no stream with a chat"},
		"empty":             {422, "POST", room, `{"text":" "}`, "empty"},
		"too long":          {422, "POST", room, `{"text":"` + strings.Repeat("a", 301) + `"}`, "301 characters"},
		"as a viewer":       {422, "POST", room, `{"text":"hi","role":"viewer","nickname":"Ana"}`, "host or moderator"},
		"nameless":          {422, "POST", room, `{"text":"hi","role":"moderator"}`, "nickname"},
		"another field":     {400, "POST", room, `{"message":"hi"}`, "is not one of"},
		"message":           {400, "DELETE", room + "/messages/x", "", "is a number"},
		"viewer":            {422, "POST", room + "/viewers/ana/ban", "", "public id"},
		"nobody":            {422, "DELETE", room + "/viewers/ana", "", "public id"},
		"for ever":          {422, "POST", room + "/viewers/AAAAAAAAAAAAAAAA/ban", `{"seconds":99999999999}`, "seconds"},
		"backwards":         {422, "POST", room + "/viewers/AAAAAAAAAAAAAAAA/mute", `{"seconds":-1}`, "seconds"},
		"erase elsewhere":   {404, "DELETE", "/streams/second/chat/viewers/AAAAAAAAAAAAAAAA", "", "no stream"},
	} {
		t.Run(name, func(t *testing.T) {
			d := *d
			d.t = t
			var problem struct{ Detail string }
			must := d.wants(tc.status, tc.method, tc.path, tc.body, tc.says)
			if err := json.Unmarshal([]byte(must), &problem); err != nil || problem.Detail == "" {
				t.Errorf("%s: %v", must, err)
			}
		})
	}
}
