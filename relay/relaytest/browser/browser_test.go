package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/relay/relaytest/browser"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAPageIsSeenAndUsed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/script.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprint(w, `document.querySelector("a").onclick = () => setTimeout(() => document.title = "clicked", 50)`)
			return
		}
		w.Header().Set("Content-Security-Policy", "script-src 'self'")
		_, _ = fmt.Fprint(w, `<a style="display:block;width:50px;height:50px;margin:0;position:fixed;top:0;left:0;background:#f00">x</a><script src="/script.js"></script><script>0</script>`)
	}))
	defer srv.Close()
	tab := browser.Start(t).Tab(t, 200, 100)
	tab.Go(srv.URL)
	tab.Click("a")
	tab.Until(`document.title === "clicked"`)
	var text string
	if tab.Eval(`Promise.resolve(document.querySelector("a").textContent)`, &text); text != "x" {
		t.Errorf("the link's text is %q", text)
	}
	img, _ := tab.Picture()
	if size := img.Bounds().Size(); size.X != 200 || size.Y != 100 {
		t.Errorf("the picture is %v", size)
	}
	if r, _, _, a := img.At(40, 40).RGBA(); r != 0xffff || a != 0xffff {
		t.Error("what is red is not")
	}
	if _, _, _, a := img.At(150, 50).RGBA(); a != 0 {
		t.Error("what is transparent is not")
	}
	if problems := fmt.Sprint(tab.Problems()); !strings.Contains(problems, "Content Security Policy") {
		t.Errorf("the refused script is no problem: %s", problems)
	}
}
