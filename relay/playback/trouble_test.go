package playback_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/playback"
)

// curious is a log that asks the server something at each line, as one may whose
// writer waits for a request.
type curious struct {
	slog.Handler
	ask func(message string)
}

func (c *curious) Enabled(context.Context, slog.Level) bool { return true }
func (c *curious) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *curious) Handle(_ context.Context, r slog.Record) error {
	c.ask(r.Message)
	return nil
}

// TestLogHoldsNobodyUp asks for a stream that cannot be shown, which is logged, by
// a log that waits for an answer of the same server.
func TestLogHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	var g *stage
	told := make(chan string, 16)
	g = raise(t, func(c *playback.Config) {
		c.Logger = slog.New(&curious{ask: func(message string) {
			told <- message
			answered := make(chan int, 1)
			go func() { answered <- g.get("/hls/0123456789abcdef/stream.m3u8").Code }()
			select {
			case code := <-answered:
				if code != http.StatusNotFound {
					t.Errorf("while %q is logged: %d", message, code)
				}
			case <-time.After(5 * time.Second):
				t.Errorf("while %q is logged nobody is answered", message)
			}
		}})
	})
	vp9 := lively
	vp9.FourCC = "hvc1"
	must(t, run(g.out, &until{&edited{Source: vp9.Source(), edit: func(tag flv.Tag) []flv.Tag {
		if tag.Kind == media.Video {
			copy(tag.Body[1:], "vp09")
		}
		return []flv.Tag{tag}
	}}, 300 * time.Millisecond}))
	if w := g.get("/index.m3u8"); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("%d", w.Code)
	}
	for message := range told {
		if message == "a stream cannot be shown" {
			return
		}
	}
}
