package watch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/chat"
	"github.com/hawker-live/hawker/overlay/chat/chathttp"
	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// chatting opens a house whose stream main has a real chat.
func chatting(t *testing.T, change ...func(*watch.Config)) (*chat.Desk, *house) {
	t.Helper()
	desk, err := chat.New(chat.Config{Streams: []chat.Stream{{Name: "main", Host: "Lan"}}})
	must(t, err)
	talk, err := chathttp.New(chathttp.Config{Desk: desk, Address: func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") }})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- desk.Run(ctx) }()
	<-desk.Ready()
	h := open(t, func(c *watch.Config) {
		c.Parts = map[string]http.Handler{"chat": talk}
		c.Settings.Streams[0].Chat = true
		for _, f := range change {
			f(c)
		}
	})
	t.Cleanup(func() {
		h.stop()
		cancel()
		must(t, <-done)
	})
	return desk, h
}

// TestChatOnThePage has two viewers talk by way of the real chat, and one of them
// think better of it after the chat was closed.
func TestChatOnThePage(t *testing.T) {
	desk, h := chatting(t)
	b := browser.Start(t)
	mia, ana := b.Tab(t, 1440, 900), b.Tab(t, 390, 844)
	for _, tab := range []*browser.Tab{mia, ana} {
		tab.Go(h.page("/main"))
		tab.Until(`document.querySelector(".notice").textContent !== ""`)
	}
	say := func(nickname, text string) {
		t.Helper()
		mia.Eval(`(() => { const f = document.querySelector(".post").elements; f.nickname.value = "`+nickname+`"; f.text.value = "`+text+`"; })()`, nil)
		mia.Click(`.post button[type="submit"]`)
	}
	say("Lan", "I am the host")
	mia.Until(`document.querySelector(".wrong").textContent !== ""`)
	say(" Mia ", "<b>Hello")
	for _, tab := range []*browser.Tab{mia, ana} {
		tab.Until(`document.querySelector(".log li:last-child .said")?.textContent === "<b>Hello" && document.querySelector(".log b").textContent === "Mia"`)
	}
	ana.Until(`document.querySelector(".unread").textContent === "1"`) // it is behind the offers
	mia.Until(`document.querySelector(".self").textContent.includes("Mia") && document.querySelector(".wrong").textContent === ""`)
	_, err := desk.Set(t.Context(), "main", func(s *overlay.ChatSettings) { s.Enabled = false })
	must(t, err)
	mia.Until(`!document.querySelector(".off").hidden && document.querySelector(".post").hidden && document.querySelector(".rename").hidden`)
	mia.Click(".erase") // as ever
	for _, tab := range []*browser.Tab{mia, ana} {
		tab.Until(`document.querySelectorAll(".log li").length === 0`)
	}
	mia.Until(`document.querySelector(".self").hidden && localStorage.getItem("hawker.chat") === null`)
}

// says writes a message on the page, and sends it.
func says(tab *browser.Tab, nickname, text string) {
	tab.Eval(fmt.Sprintf(`(() => { const f = document.querySelector(".post").elements; f.nickname.value = %q; f.text.value = %q; })()`, nickname, text), nil)
	tab.Click(`.post button[type="submit"]`)
}

// Whoever writes sees what becomes of it, whether or not they wrote before. A name
// that the chat refuses is kept nowhere.
func TestWritersSeeTheNotice(t *testing.T) {
	desk, h := chatting(t)
	tab := browser.Start(t).Tab(t, 390, 844)
	seen := func(is string) {
		t.Helper()
		tab.Go(h.page("/main"))
		tab.Click(`[data-tab="chat"]`)
		tab.Until(`document.querySelector(".notice").textContent.includes("shown to all") && document.querySelector(".notice").checkVisibility() && document.querySelector("#chat-text").checkVisibility()`)
		tab.Until(is)
	}
	const unnamed = `document.querySelector("#chat-name").checkVisibility() && document.querySelector("#chat-name").value === ""`
	seen(unnamed)
	says(tab, "Lan", "I am the host")
	tab.Until(`document.querySelector(".wrong").textContent !== ""`)
	seen(unnamed)
	says(tab, "Mia", "Hello")
	tab.Until(`document.querySelector(".log .said")`)
	seen(`document.querySelector(".self").checkVisibility() && document.querySelector(".self span").textContent.includes("Mia")`)
	tab.Click(".rename")
	says(tab, "Lan", "Now I am")
	tab.Until(`document.querySelector(".wrong").textContent !== "" && document.querySelector("#chat-name").value === "Lan"`)
	seen(`document.querySelector(".self").checkVisibility() && document.querySelector(".self span").textContent.includes("Mia")`)
	_, err := desk.Set(t.Context(), "main", func(s *overlay.ChatSettings) { s.Enabled = false })
	must(t, err)
	tab.Until(`!document.querySelector(".notice").checkVisibility()`)
}

// A message that nobody takes stays where it was written, and the viewer is told.
func TestUnansweredMessageIsKept(t *testing.T) {
	var deaf atomic.Bool
	_, h := chatting(t, func(c *watch.Config) {
		talk := c.Parts["chat"]
		c.Parts["chat"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && deaf.Load() {
				<-r.Context().Done()
				return
			}
			talk.ServeHTTP(w, r)
		})
	})
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelector(".notice").textContent !== ""`)
	tab.Eval(`(() => { // its patience is not waited for
		globalThis.later = setTimeout;
		globalThis.setTimeout = (f, ms, ...more) => later(f, ms === 15_000 ? 100 : ms, ...more);
	})()`, nil)
	deaf.Store(true)
	says(tab, "Mia", "Hello")
	tab.Until(`document.querySelector(".wrong").textContent.startsWith("The server does not answer") && !document.querySelector(".post button").disabled`)
	var text string
	if tab.Eval(`document.querySelector("#chat-text").value`, &text); text != "Hello" {
		t.Errorf("of the message %q is left", text)
	}
	deaf.Store(false)
	tab.Eval(`(globalThis.setTimeout = later, document.querySelector(".post").requestSubmit())`, nil)
	tab.Until(`document.querySelector(".log .said")?.textContent === "Hello" && document.querySelector("#chat-text").value === "" && document.querySelector(".wrong").textContent === ""`)
}

// A refusal stays in sight, though it is for longer than a timer can be.
func TestLongMuteStaysInSight(t *testing.T) {
	desk, h := chatting(t)
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelector(".notice").textContent !== ""`)
	says(tab, "Mia", "Hello")
	tab.Until(`document.querySelector(".log .said")`)
	var id string
	tab.Eval(`JSON.parse(localStorage.getItem("hawker.chat")).viewer`, &id)
	viewer, err := chat.PublicID(id)
	must(t, err)
	_, err = desk.Mute(t.Context(), "main", viewer, chat.Terms{For: 30 * 24 * time.Hour})
	must(t, err)
	tab.Eval(`globalThis.told = new Promise(done => new MutationObserver(all => { if (all[0].target.textContent) setTimeout(done, 200); }).observe(document.querySelector(".wrong"), { childList: true }))`+`, 0`, nil)
	says(tab, "Mia", "Hello again")
	tab.Eval(`told`, nil)
	var wrong string
	if tab.Eval(`document.querySelector(".wrong").textContent`, &wrong); wrong == "" {
		t.Error("why it was refused is out of sight at once")
	}
}

// fill has so many messages said, all at once.
func fill(t *testing.T, desk *chat.Desk, n int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if _, err := desk.Say(t.Context(), "main", overlay.ChatHost, "", fmt.Sprint("message ", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Who reads what was said before stays there when the connection breaks.
func TestReaderKeepsThePlace(t *testing.T) {
	desk, h := chatting(t)
	fill(t, desk, 60)
	e := h.overhear()
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(e.URL + "/main")
	tab.Until(`document.querySelectorAll(".log li").length === 60`)
	const place = `document.querySelector(".log").scrollTop`
	var top, now float64
	if tab.Eval(place, &top); top < 500 {
		t.Fatalf("it begins at %v", top)
	}
	tab.Eval(`document.querySelector(".log").scrollTop = 400`, nil)
	m, err := desk.Say(t.Context(), "main", overlay.ChatHost, "", "message 60")
	must(t, err)
	tab.Until(`document.querySelectorAll(".log li").length === 61`)
	e.CloseClientConnections()
	must(t, desk.Delete(t.Context(), "main", m.ID))
	tab.Until(`document.querySelectorAll(".log li").length === 60`)
	if tab.Eval(place, &now); now != 400 {
		t.Errorf("from 400 the chat went to %v", now)
	}
	tab.Eval(`document.querySelector(".log").scrollTop = 1e6`, nil)
	e.CloseClientConnections()
	_, err = desk.Say(t.Context(), "main", overlay.ChatHost, "", "message 61")
	must(t, err)
	tab.Until(`document.querySelectorAll(".log li").length === 61`)
	if tab.Eval(`document.querySelector(".log").scrollHeight - document.querySelector(".log").clientHeight - `+place, &now); now > 1 {
		t.Errorf("from the end the chat is %v away", now)
	}
}

// On a phone the chat begins with the newest, though it was filled behind another
// tab, and what is new there is told until it has been seen; it stays at the newest
// when a keyboard takes its room.
func TestChatBeginsWithTheNewest(t *testing.T) {
	desk, h := chatting(t)
	say := func(text string) {
		t.Helper()
		_, err := desk.Say(t.Context(), "main", overlay.ChatHost, "", text)
		must(t, err)
	}
	fill(t, desk, 60)
	tab := browser.Start(t).Tab(t, 390, 844)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelectorAll(".log li").length === 60`)
	say("message 60")
	tab.Until(`document.querySelector(".unread").checkVisibility() && document.querySelector(".unread").textContent === "1"`)
	const newest = `(() => {
		const log = document.querySelector(".log");
		return log.checkVisibility() && log.scrollHeight > log.clientHeight + 500 && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
	})()`
	tab.Click(`[data-tab="chat"]`)
	tab.Until(newest + ` && !document.querySelector(".unread").checkVisibility()`)
	tab.Resize(390, 560)
	tab.Until(newest)
	tab.Click(`[data-tab="offers"]`)
	say("message 61")
	tab.Until(`document.querySelector(".unread").textContent === "1"`)
	tab.Click(`[data-tab="chat"]`)
	tab.Until(newest)
}
