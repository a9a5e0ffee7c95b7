package playback_test

import (
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/prometheus/client_golang/prometheus"
)

// stuck is a timeline that does once what it must not: it waits.
type stuck struct {
	from, length time.Duration
	done         atomic.Bool
}

func (s *stuck) Cues(_, to time.Duration) []playback.Cue {
	if to-10*time.Second >= s.from && s.done.CompareAndSwap(false, true) {
		time.Sleep(s.length)
	}
	return nil
}

// TestWhatIsLostIsTold has packaging stand still until a second of the broadcast
// has run away, up to a keyframe. Players must be told that they miss something,
// and whoever runs the relay how much.
func TestWhatIsLostIsTold(t *testing.T) {
	registry := prometheus.NewRegistry()
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, func(c *playback.Config) {
			c.Timeline = &stuck{from: 11 * time.Second, length: 4400 * time.Millisecond}
			c.Metrics, c.Logger = playback.NewMetrics(registry), slog.New(slog.NewTextHandler(&log, nil))
		})
		defer g.stop()
		kept := &recorded{Source: &until{relaytest.Synthetic{VideoBitrate: 100_000, GOP: 4 * time.Second}.Source(), 20 * time.Second}}
		g.encoders.Go(func() {
			_ = run(g.out, kept)
			g.stream.End()
		})
		time.Sleep(5 * time.Second)
		v := g.view()
		f := follow(g)
		f.all()
		<-v.done
		if f.breaks != 1 {
			t.Errorf("%d discontinuities, want 1", f.breaks)
		}
		samples, _ := unwrap(t, v.bytes())
		first, missed := samples[0].dts, 0
		for _, tag := range kept.tags {
			if at := time.Duration(tag.Time) * time.Millisecond; tag.Kind != media.Data && !isHeader(tag, tag.Kind) && at >= first {
				missed++
			}
		}
		missed -= len(samples)
		if lost := gauges(t, registry)["hawker_playback_dropped_packets_total"]; missed < 50 || missed > 100 || math.Abs(lost-float64(missed)) > 1 {
			t.Errorf("viewers miss %d packets; %v are counted", missed, lost)
		}
		if n := strings.Count(log.String(), "viewers miss some of a stream"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, &log)
		}
	})
}
