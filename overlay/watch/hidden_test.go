package watch_test

import (
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// hurry has 20 s be over soon: the time for which a page may be out of sight.
const hurry = `(() => {
	const later = setTimeout;
	globalThis.setTimeout = (f, ms, ...more) => later(f, ms === 20_000 ? 0 : ms, ...more);
})()`

// sight has the page think that it is out of sight, or back.
func sight(tab *browser.Tab, is string) {
	tab.Eval(strings.ReplaceAll(`(() => {
		Object.defineProperty(document, "hidden", { configurable: true, get: () => "IS" === "hidden" });
		Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "IS" });
		document.dispatchEvent(new Event("visibilitychange"));
	})()`, "IS", is), nil)
}

// A page that waits for a show in another tab takes nothing of it, and none of the
// browser's few connections, until somebody looks; then all is well. One that is
// heard goes on.
func TestPageOutOfSightRests(t *testing.T) {
	h := raise(t, nil)
	b := browser.Start(t)
	away := &viewing{Tab: b.Tab(t, 1440, 900), t: t}
	away.Go(h.page("/main"))
	away.Until(`document.documentElement.dataset.phase === "before"`)
	away.Eval(hurry, nil)
	sight(away.Tab, "hidden")
	eventually(t, "it hangs up", func() bool { return h.series(`hawker_viewers{destination="watch",stream="main"}`) == "0" })
	away.Eval(`dispatchEvent(new Event("online"))`, nil)
	h.film(t, 0)

	v := &viewing{Tab: b.Tab(t, 1440, 900), t: t}
	v.Go(h.page("/main"))
	v.Eval(probe, &v.born)
	v.plays(60)
	v.Eval(hurry, nil)
	v.Click(".sound")
	v.Until(`!document.querySelector("video").muted`)
	sight(v.Tab, "hidden")
	v.plays(60)
	var got int
	if away.Eval(`document.querySelector("video").buffered.length`, &got); got != 0 || h.series("hawker_viewers{destination=\"watch\",stream=\"main\"}") != "1" {
		t.Errorf("nobody looks, and of the show there are %d stretches; %s watch", got, h.series(`hawker_viewers{destination="watch",stream="main"}`))
	}

	sight(away.Tab, "visible")
	away.Eval(probe, &away.born)
	away.plays(90)
	away.Until(`document.querySelector(".spinner").hidden && document.querySelector(".trouble").textContent === ""`)
}

// A viewer who is back before the picture has stood still is not told of trouble.
func TestShortLookAwayIsNoTrouble(t *testing.T) {
	h := raise(t, nil)
	h.film(t, 0)
	v := &viewing{Tab: browser.Start(t).Tab(t, 1440, 900), t: t}
	v.Go(h.page("/main"))
	v.Eval(probe, &v.born)
	v.plays(60)
	v.Eval(hurry, nil)
	v.Eval(`new Promise(done => {
		globalThis.troubles = [];
		new MutationObserver(() => troubles.push(document.querySelector(".trouble").textContent)).observe(document.querySelector(".trouble"), { childList: true, characterData: true, subtree: true });
		done();
	})`, nil)
	sight(v.Tab, "hidden")
	v.Eval(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`, nil)
	sight(v.Tab, "visible")
	v.plays(120)
	var said []string
	if v.Eval(`troubles`, &said); len(said) > 0 {
		t.Errorf("it says %q", said)
	}
}
