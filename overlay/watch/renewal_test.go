package watch_test

import (
	"testing"

	"github.com/hawker-live/hawker/overlay/watch"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// Other settings reach pages that are open, each at a time of its own, and none
// whose viewer is writing or about to buy. What that held up comes at a time of its
// own, too: a show ends for all pages at once.
func TestChangedSettingsReachOpenPages(t *testing.T) {
	_, h := chatting(t)
	h.sell(honey())
	tab := browser.Start(t).Tab(t, 1440, 900)
	tab.Go(h.page("/main"))
	tab.Until(`document.querySelector(".count").textContent === "1" && document.querySelector(".list .buy") && document.querySelector(".notice").textContent !== ""`)
	const reload = `performance.getEntriesByType("navigation")[0].type === "reload"`
	viewers := 1
	beat := func() {
		t.Helper()
		h.come("")
		viewers++
		tab.Until(`document.querySelector(".count").textContent === "` + string(rune('0'+viewers)) + `"`)
	}
	stays := func(what string) {
		t.Helper()
		beat()
		var again bool
		if tab.Eval(reload, &again); again {
			t.Fatalf("the page is loaded again while %s", what)
		}
	}
	title := func(title string) {
		t.Helper()
		must(t, h.watch.Apply(watch.Settings{Streams: []watch.Stream{{Name: "main", Title: title, Chat: true}}}))
	}
	tab.Eval(`(() => {
		sessionStorage.waits = 0;
		const later = setTimeout;
		Math.random = () => 0.5; // half of 20 seconds, which are not waited for
		globalThis.setTimeout = (f, ms, ...more) => {
			if (ms === 10_000) sessionStorage.waits++;
			return later(f, ms === 10_000 ? 0 : ms, ...more);
		};
		document.querySelector("#chat-text").focus();
	})()`, nil)
	title("Now with tea")
	tab.Until(`sessionStorage.waits === "1"`)
	stays("its viewer writes")
	tab.Eval(`document.querySelector(".list .buy").focus()`, nil)
	stays("its viewer is about to buy")
	tab.Eval(`document.activeElement.blur()`, nil)
	h.come("") // with the next word from the server
	tab.Until(reload + ` && document.querySelector("h1").textContent === "Now with tea"`)
	var waits string
	if tab.Eval(`sessionStorage.waits`, &waits); waits != "2" {
		t.Errorf("it waited %s times", waits)
	}
}
