package record_test

import (
	"os"
	"testing"
	"testing/synctest"

	"github.com/hawker-live/hawker/relay/record"
)

func metric(t *testing.T, g *stage, name string) (v float64) {
	t.Helper()
	families, err := g.metrics.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				v += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return v
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var written float64
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, record.Config{Settings: record.Settings{Folder: dir}})
		defer g.stop()
		g.send(long(t, 1))
		if metric(t, g, "hawker_recording_active") != 1 {
			t.Error("a recording is not active while it is")
		}
		g.stream.End()
		synctest.Wait()
		if metric(t, g, "hawker_recording_active") != 0 {
			t.Error("a recording is active after its end")
		}
		written = metric(t, g, "hawker_recording_written_bytes_total")
	})
	info, err := os.Stat(recorded(t, dir, ".mp4")[0])
	must(t, err)
	if written != float64(info.Size()) {
		t.Errorf("%v bytes were counted, the file has %d", written, info.Size())
	}
}
