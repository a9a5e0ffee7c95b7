package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

func soldOut(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1920, 1080, "")
	s.sell(honey())
	tab.Until(shown("honey"))
	s.stock("honey", 0)
	tab.Until(`document.querySelector('.card[data-phase="over"]')`)
	if got := text(tab, ".digits") + text(tab, ".stock") + text(tab, ".link"); got != "Sold out" {
		t.Errorf("it says %q", got)
	}
	img, _ := tab.Picture()
	keep(t, "soldout", img)
	tab.Until(empty)
}

func turns(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "&turn=1")
	for _, id := range []string{"first", "second"} {
		o := honey()
		o.ID = id
		s.sell(o)
		tab.Until(shown(id))
	}
	tab.Until(shown("first"))
	tab.Until(shown("second"))
	s.banner(overlay.Banner{ID: "b", Text: "Hello", Duration: time.Second})
	tab.Until(`document.querySelector(".banner")?.textContent === "Hello"`)
	tab.Until(`!document.querySelector(".banner")`)
}

// The end is the server's, and the page keeps to it alone.
func countdown(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "&lang=de")
	o := honey()
	o.Duration, o.Countdown = 2*time.Second, 3*time.Second
	s.sell(o)
	tab.Until(`document.querySelector('.card[data-phase="soon"]')`)
	if got := text(tab, ".label") + text(tab, ".digits"); !strings.HasPrefix(got, "Beginnt in0:0") {
		t.Errorf("before the start it says %q", got)
	}
	s.stop()
	tab.Until(`document.querySelector('.card[data-phase="on"]')`)
	if got := text(tab, ".label") + text(tab, ".digits"); got != "Endet in0:02" && got != "Endet in0:01" {
		t.Errorf("after the start it says %q", got)
	}
	tab.Until(empty)
	s.start()
}

func comesBack(t *testing.T, b *browser.Browser) {
	s := open(t)
	tab := s.overlay(b, 1280, 720, "")
	tab.Eval(`window.same = true`, nil)
	s.sell(honey())
	tab.Until(shown("honey"))
	s.stop()
	tab.Until(`document.querySelector(".stock").hidden`) // nobody knows now how many are left
	if tab.Until(shown("honey")); text(tab, ".title") == "" {
		t.Error("what runs is not shown while the server is away")
	}
	s.start()
	tab.Until(`!document.querySelector(".stock").hidden`)
	s.stock("honey", 1)
	tab.Until(`document.querySelector(".stock").textContent === "Only 1 left"`)
	var same bool
	if tab.Eval(`window.same === true`, &same); !same {
		t.Error("the page has been loaded again")
	}
	set := s.set
	set.CSS = []byte(`:root { --card: rgb(1, 2, 3) }`)
	must(t, s.web.Apply(set))
	tab.Until(`document.querySelector(".words") && getComputedStyle(document.querySelector(".words")).backgroundColor === "rgb(1, 2, 3)"`)
}
