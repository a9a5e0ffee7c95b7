package watch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// What viewers write is text on the pages of others, in the name as in the message,
// whether it comes while the page is open or was there before.
func TestChatIsNoScript(t *testing.T) {
	desk, err := chat.New(chat.Config{Streams: []chat.Stream{{Name: "main", Host: "Lan"}}})
	must(t, err)
	talk, err := chathttp.New(chathttp.Config{Desk: desk, Address: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") }})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- desk.Run(ctx) }()
	h := open(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": talk}
		c.Settings.Streams[0].Chat = true
	})
	t.Cleanup(func() {
		h.stop()
		cancel()
		must(t, <-done)
	})
	<-desk.Ready()
	b := browser.Start(t)
	open := b.Tab(t, 1440, 900)
	open.Go(h.page("/main"))
	open.Until(`document.querySelector(".notice").textContent !== ""`)
	type line struct{ Name, Text string }
	var want []line
	for i, text := range payloads() {
		m, err := desk.Post(t.Context(), "main", chat.Post{
			Viewer: fmt.Sprintf("%022d", i), Nickname: cut(text, chat.MaxNickname), Text: text, Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}),
		})
		must(t, err)
		want = append(want, line{m.Nickname, m.Text})
	}
	quoted, err := json.Marshal(want)
	must(t, err)
	late := b.Tab(t, 1440, 900)
	late.Go(h.page("/main"))
	for name, tab := range map[string]*browser.Tab{"open before": open, "open after": late} {
		tab.Until(`JSON.stringify([...document.querySelectorAll(".log li")].map(li => ({ Name: li.querySelector("b").textContent, Text: li.querySelector(".said").textContent }))) === JSON.stringify(` + string(quoted) + `)`)
		var odd []string
		tab.Eval(`[...document.querySelectorAll(".log b *, .log .said *, .log a, .log img, .log script, .log iframe")].map(e => e.outerHTML)`, &odd)
		if len(odd) > 0 {
			t.Errorf("%s: what viewers wrote is %q", name, odd)
		}
		if problems := tab.Problems(); len(problems) > 0 {
			t.Errorf("%s: the page says %q", name, problems)
		}
	}
}
