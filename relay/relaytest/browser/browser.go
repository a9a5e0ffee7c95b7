// Package browser drives a real Chromium for tests: it opens pages, asks what is
// on them and takes pictures, with what is transparent in them.
//
// Belongs here: what any test of any page needs; the only importer of chromedp.
// Does not: anything about one page. Like package require it imports package
// testing.
package browser

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// patience is how long a page may take for anything.
const patience = 40 * time.Second

// agent is that of a Chromium with a window: without one it calls itself
// headless, as programs do that no server takes for a viewer.
const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

// Browser is a Chromium without a window.
type Browser struct {
	ctx context.Context
}

// Start starts one that ends with the test. Without Chromium the test is
// skipped, or fails where everything must be installed.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(require.Program(t, "chromium")),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // it runs as root in containers, and sees our own pages only
		chromedp.DisableGPU,
		chromedp.UserAgent(agent),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("ignore-certificate-errors", true), // tests have authorities of their own
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
	)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(allocator, chromedp.WithLogf(t.Logf), chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		closeTab()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return &Browser{ctx}
}
