package web_test

import (
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay/web"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// modules loads scripts of the page that is open for another use of them.
const modules = `const load = (name) => import(document.scripts[0].src.replace("overlay.js", name));`

// An offer does not stay on air because the link that its page has is gone.
func gone(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	o := honey()
	o.Duration = 0
	s.sell(o)
	tab.Until(shown("honey"))
	s.stop()
	s.start(func(c *web.Config) { c.LinkKey = secret.New("another-key-of-links-0123456789ab") })
	tab.Until(empty)
}

// A page that is to load itself again first looks whether there is one.
func renews(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	tab.Eval(`(() => {
		window.asked = 0, window.same = true, window.answers = window.fetch;
		window.fetch = () => { asked++; return Promise.resolve({ status: 502 }); };
	})()`, nil)
	set := s.set
	set.CSS = []byte(`:root { --accent: #00f }`)
	must(t, s.web.Apply(set))
	tab.Until(`window.asked > 0`)
	var same bool
	if tab.Eval(`new Promise((done) => setTimeout(() => done(window.same === true), 300))`, &same); !same {
		t.Fatal("it has loaded itself though there was nothing to load")
	}
	tab.Eval(`window.fetch = window.answers`, nil)
	tab.Until(`window.same === undefined && "connected" in document.documentElement.dataset`)
}

// Without a server, what has no end leaves after five minutes, and what has one at
// its end.
func forgets(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	tab.Eval(`(async () => {`+modules+`
		const { Stage } = await load("stage.js");
		const { words } = await load("text.js");
		window.silent = 0;
		const clock = { now: () => Date.now() };
		window.stage = new Stage({ say: words("en"), turn: 15000 }, clock, { silentFor: () => silent, stale: () => silent > 12000 });
		window.offer = (run, ends) => ({ run, ends, starts: Date.now() - 1000, title: "Honey", price: 1, currency: "EUR", digits: 2, text: "x.example/o/" + run, qr: "", disclosure: "own", stock: 3 });
		stage.state({ offers: [offer(1, 0)], banners: [{ run: 2, text: "Hello", ends: 0 }] });
	})()`, nil)
	tab.Until(`stage.tick() ?? (!!document.querySelector(".card .stock") && !!document.querySelector(".banner"))`)
	var there bool
	tab.Eval(`silent = 299000, stage.tick(), !document.querySelector(".leaving") && document.querySelector(".stock").hidden`, &there)
	if !there {
		t.Error("before five minutes are over something has left, or it is said how many are left")
	}
	tab.Eval(`silent = 301000, stage.tick()`, nil)
	tab.Until(empty)
	tab.Eval(`stage.state({ offers: [offer(3, Date.now() + 60000)], banners: [] })`, nil)
	tab.Until(`stage.tick() ?? document.querySelector(".card .path")?.textContent === "/o/3"`)
}

// An event that was long under way says nothing about the time; a clock that was
// set does.
func clock(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	var wrong []string
	tab.Eval(`(async () => {`+modules+`
		const { Clock } = await load("clock.js");
		const clock = new Clock();
		const wrong = [];
		for (const [at, late, off, want, what] of [
			[0, 0, 0, 0, "the first"], [5000, 0, 0, 0, "the next"], [10000, 300, 0, 0, "somewhat late"],
			[25000, 10000, 0, 0, "very late"], [25001, 9500, 0, 0, "with it"], [25002, 9000, 0, 0, "and with it"], [30000, 0, 0, 0, "in time"],
			[45000, 10000, 0, 0, "very late again"], [50000, 0, 0, 0, "in time again"],
			[55000, 0, -60000, 0, "set back, perhaps"], [60000, 20, -60000, -60020, "set back"], [65000, 0, -60000, -60000, "still"],
			[70000, 0, 5000, 5000, "set forth"],
		]) {
			performance.now = () => at;
			clock.sync(1e12 + at - late + off);
			const got = clock.now() - 1e12 - at;
			if (Math.abs(got - want) > 1) wrong.push(what + ": " + got);
		}
		delete performance.now;
		return wrong;
	})()`, &wrong)
	if len(wrong) > 0 {
		t.Errorf("the clock is off: %q", wrong)
	}
}

// The page knows when it knows nothing, and does not hammer at a door that is
// closed to it.
func feed(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	var wrong []string
	tab.Eval(`(async () => {`+modules+`
		const { Feed } = await load("feed.js");
		const real = { EventSource, fetch, setTimeout };
		const wrong = [];
		let at = 0, status = 0, waits = [], goners = 0, source;
		performance.now = () => at;
		window.EventSource = class {
			static CLOSED = 2;
			constructor() { source = this; this.events = {}; this.readyState = 1; }
			addEventListener(name, handler) { this.events[name] = handler; }
			close() {}
		};
		window.fetch = () => (status ? Promise.resolve({ status }) : Promise.reject(new Error("no way")));
		window.setTimeout = (f, ms) => { waits.push(ms); return 0; };
		for (const [answer, state, least, most, gone] of [[404, 2, 60000, 300000, 1], [429, 2, 60000, 300000, 0], [503, 2, 500, 2000, 0], [0, 2, 500, 2000, 0], [404, 0, 500, 2000, 0]]) {
			status = answer, goners = 0;
			new Feed("/x", {}, () => { goners++; });
			source.readyState = state;
			source.onerror();
			for (let i = 0; i < 20; i++) await null;
			const wait = waits.at(-1);
			if (wait < least || wait > most || goners !== gone) wrong.push(answer + ": waits " + wait + ", gone " + goners);
		}
		const feed = new Feed("/x", { beat() {} }, () => {});
		const expect = (when, want) => { at = when; if (feed.stale() !== want) wrong.push("at " + when + " stale is " + !want); };
		source.events.beat({ data: "{}" });
		expect(11900, false);
		expect(12100, true);
		source.events.beat({ data: "{}" });
		expect(20000, false);
		source.readyState = 0;
		source.onerror();
		expect(22900, false);
		expect(23100, true);
		if (feed.silentFor() !== 11000) wrong.push("silent for " + feed.silentFor());
		Object.assign(window, real);
		delete performance.now;
		return wrong;
	})()`, &wrong)
	if len(wrong) > 0 {
		t.Errorf("%q", wrong)
	}
}
