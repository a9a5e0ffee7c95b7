package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// nothing is no opacity at all: a zero would be left out, and mean opaque.
const nothing = 1e-9

// Tab is one page.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex // guards problems
	problems []string
}

// Tab opens an empty page of this size, in pixels. What a page leaves
// transparent is transparent in its pictures.
func (b *Browser) Tab(t testing.TB, width, height int64) *Tab {
	t.Helper()
	tab := &Tab{t: t}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(tab.listen))
	tab.ctx = ctx
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
	})
	clear := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetDefaultBackgroundColorOverride, emulation.SetDefaultBackgroundColorOverrideParams{Color: &cdp.RGBA{A: nothing}})
		if err == nil {
			_, err = cdp.Call(ctx, target, log.Enable, cdp.Empty{})
		}
		return err
	}
	// The tab lives as long as the context of its first action.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Func(clear)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return tab
}

// listen notes what goes wrong on the page.
func (tab *Tab) listen(ev any) {
	text := ""
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		text = (&chromedp.ExceptionError{ExceptionDetails: ev.ExceptionDetails}).Error()
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError {
			text = fmt.Sprintf("%s %s: %s", ev.Entry.Source, ev.Entry.URL, ev.Entry.Text)
		}
	}
	if text == "" {
		return
	}
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.problems = append(tab.problems, text)
}

// Problems are exceptions that nobody caught, and errors on the console, such as
// what the content security policy has refused.
func (tab *Tab) Problems() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.problems...)
}

func (tab *Tab) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(tab.ctx, patience)
}

// Go opens an address, and returns when the page has loaded.
func (tab *Tab) Go(url string) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		tab.t.Fatalf("open the page: %v", err)
	}
}

// Resize changes the size of the page.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		tab.t.Fatalf("resize the page: %v", err)
	}
}

// Front brings the tab to the front, where a click may have put another one.
func (tab *Tab) Front() {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	front := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.BringToFront, cdp.Empty{})
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Func(front)); err != nil {
		tab.t.Fatalf("bring the tab to the front: %v", err)
	}
}

// Scheme is what the viewer prefers: "light" or "dark".
func (tab *Tab) Scheme(scheme string) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	prefer := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Func(prefer)); err != nil {
		tab.t.Fatalf("prefer %s: %v", scheme, err)
	}
}

// Agent has the tab say that it is another browser, from the next page on.
func (tab *Tab) Agent(agent string) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	pretend := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent})
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Func(pretend)); err != nil {
		tab.t.Fatalf("be %s: %v", agent, err)
	}
}

// Eval evaluates an expression on the page, waits for it if it is a promise, and
// stores its value in out by way of JSON; out may be nil.
func (tab *Tab) Eval(expression string, out any) {
	tab.t.Helper()
	if err := tab.eval(expression, out); err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
}

func (tab *Tab) eval(expression string, out any) error {
	ctx, cancel := tab.limited()
	defer cancel()
	wrapped := "(async () => JSON.stringify(await (" + expression + ")) ?? 'null')()"
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](wrapped, chromedp.EvalAwaitPromise))
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal([]byte(text), out)
}

// Until waits until an expression is true. It asks again and again from outside,
// because a strict content security policy lets no helper do so on the page.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		var met bool
		err := tab.eval("Boolean("+expression+")", &met) // fails while the page is another one
		if met {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			tab.t.Fatalf("never came true in %v: %s (%v); problems on the page: %q", patience, expression, err, tab.Problems())
		}
	}
}

// Click clicks with the mouse on what a CSS selector finds.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		tab.t.Fatalf("click on %s: %v", selector, err)
	}
}

// Press presses a key as on a keyboard, such as "\t"; with shift it goes back.
func (tab *Tab) Press(key string, shift bool) {
	tab.t.Helper()
	ctx, cancel := tab.limited()
	defer cancel()
	var options []chromedp.KeyOption
	if shift {
		options = append(options, chromedp.KeyModifiers(chromedp.ModifierShift))
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(key, options...)); err != nil {
		tab.t.Fatalf("press %q: %v", key, err)
	}
}

// drawn is done when what is on the page now has been drawn: the second frame
// from now begins after the first has been handed over.
const drawn = `new Promise(done => { requestAnimationFrame(() => requestAnimationFrame(() => done(true))); setTimeout(done, 1000, false); })`

// Picture is what the page looks like, and the same as the bytes of a PNG.
func (tab *Tab) Picture() (image.Image, []byte) {
	tab.t.Helper()
	tab.Eval(drawn, nil)
	ctx, cancel := tab.limited()
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Fatalf("take a picture: %v", err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		tab.t.Fatalf("read the picture: %v", err)
	}
	return img, b
}
