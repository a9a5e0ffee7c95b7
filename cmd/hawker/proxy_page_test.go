package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

// TestPageBehindTLS has Chromium watch by way of nginx, which speaks TLS and
// HTTP/2: the picture, what is sold and the chat, each as it comes.
func TestPageBehindTLS(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h, f := serveBehind(t)
	h.does(append(addHoney, "--disclosure", "own"))
	h.film(ctx, t, 1)
	tab := browser.Start(t).Tab(t, 1280, 800)
	tab.Go(f.url() + "/main")
	tab.Until(`document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > 60`)
	var behind float64 // in ms, what the page's picture is
	tab.Eval(`fetch("/main/live.mp4", { method: "HEAD" })
		.then((head) => Date.now() - head.headers.get("Hawker-Epoch") - document.querySelector("video").currentTime * 1000)`, &behind)
	t.Logf("the picture is %.0f ms behind", behind)
	if behind < 100 || behind > 3500 {
		t.Errorf("the picture is %.0f ms behind", behind)
	}
	var versions map[string]int
	tab.Eval(`["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
		.reduce((all, one) => ({ ...all, [one.nextHopProtocol]: (all[one.nextHopProtocol] ?? 0) + 1 }), {})`, &versions)
	if versions["h2"] < 10 || len(versions) != 1 {
		t.Errorf("it came by %v", versions)
	}
	h.does([]string{"offer", "start", "main", "honey"})
	tab.Until(`document.querySelector(".deal article .title")?.textContent.includes("Chestnut honey")`)
	tab.Eval(`(() => {
		const form = document.querySelector("form.post").elements;
		[form.nickname.value, form.text.value] = ["Ana", "Is it hot?"];
		document.querySelector("form.post").requestSubmit();
	})()`, nil)
	tab.Until(`document.querySelector(".chat .log").textContent.includes("Is it hot?")`)
	h.does([]string{"chat", "say", "main", "Not at all"})
	tab.Until(`document.querySelector(".chat .log").textContent.includes("Not at all")`)
	h.metric(`hawker_viewers{destination="watch",stream="main"} 1`)
	if problems := tab.Problems(); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
	h.does([]string{"offer", "links", "honey"}, f.url()+"/o/honey")
	if got := f.ask(ctx, http.MethodGet, f.url()+"/o/honey/watch"); got.Header.Get("Location") != "https://shop.example.com/honey?size=250" || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("the short link: %s %v", got.Status, got.Header)
	}
}

// TestViewersBehindAProxyAreToldApart writes in the chat by way of nginx: pages of
// other servers may not, and what limits each address counts the viewers'.
func TestViewersBehindAProxyAreToldApart(t *testing.T) {
	h, f := serveBehind(t)
	say := func(client *http.Client, viewer int, origin string) int {
		t.Helper()
		text := fmt.Sprintf(`{"viewer":"S5n0x2n7u4W0gq3J1m9v%02d","nickname":"Ana","text":"Is it hot?"}`, viewer)
		return f.send(h.ctx, client, http.MethodPost, f.url()+"/main/chat", text, "Content-Type", "application/json", "Origin", origin,
			"X-Forwarded-For", fmt.Sprintf("192.0.2.%d", viewer)).StatusCode // as anybody may write
	}
	one, other := f.clientFrom("127.0.0.2"), f.clientFrom("127.0.0.3")
	for origin, want := range map[string]int{
		f.url(): http.StatusCreated, "https://evil.example": http.StatusForbidden, strings.Replace(f.url(), "https", "https://evil.example", 1): http.StatusForbidden,
	} {
		if got := say(other, 1, origin); got != want {
			t.Errorf("a message from a page of %s is answered %d, want %d", origin, got, want)
		}
	}
	viewer := 10
	for ; viewer < 60 && say(one, viewer, f.url()) == http.StatusCreated; viewer++ {
	}
	if got := say(one, viewer+1, f.url()); viewer == 60 || got != http.StatusTooManyRequests {
		t.Errorf("after %d newcomers from one address the next is answered %d", viewer-10, got)
	}
	if got := say(other, viewer+2, f.url()); got != http.StatusCreated {
		t.Errorf("a newcomer from another address is answered %d", got)
	}
}
