package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A store that fails for an hour, on and off and each time in other words, is told
// of once a minute, and that it works again.
func TestAFailingStoreDoesNotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		logger, told := slog.New(slog.NewTextHandler(&out, nil)), told{}
		lines := func(text string) int { return strings.Count(out.String(), text) }
		for i := range 3600 {
			told.log(logger, fmt.Errorf("keep click %d: disk full", i), "honey", "")
			time.Sleep(time.Second)
		}
		if n := lines("not counted"); n != 60 {
			t.Errorf("in an hour it is said %d times", n)
		}
		for range 10 {
			told.clear(logger)
		}
		if n := lines("counted again"); n != 1 || !strings.Contains(out.String(), "clicks=59") {
			t.Errorf("that it works again is said %d times:\n%s", n, out.String())
		}
		out.Reset()
		for i := range 600 {
			told.log(logger, fmt.Errorf("keep click %d: disk full", i), "honey", "")
			told.log(logger, fmt.Errorf("keep click %d: %w", i, context.DeadlineExceeded), "honey", "")
			told.clear(logger)
			time.Sleep(time.Second / 10)
		}
		if a, b := lines("not counted"), lines("counted again"); a > 4 || b > 4 || a < 2 || b < 1 {
			t.Errorf("in a minute of failures now and then: %d and %d lines", a, b)
		}
	})
}
