package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/store/storetest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// The benchmarks measure disks. They allocate now this, now that, so .ci/allocations
// has nothing to hold them to; they run where the long tests do.

func databases(b *testing.B, bench func(*testing.B, *store.Store)) {
	require.Nightly(b)
	b.Run("sqlite", func(b *testing.B) { bench(b, open(b, store.Config{Folder: b.TempDir()})) })
	b.Run("postgresql", func(b *testing.B) {
		server := storetest.StartPostgres(b, "fsync=on")
		bench(b, open(b, store.Config{URL: secret.New(server.Database())}))
	})
}

func BenchmarkAppend(b *testing.B) {
	databases(b, func(b *testing.B, s *store.Store) {
		seq := load(b, s).Seq
		for b.Loop() {
			seq++
			must(b, s.Append(b.Context(), []overlay.Event{put(seq, "honey", "Honey")}, nil))
		}
	})
}

func BenchmarkClick(b *testing.B) {
	for _, clickers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("at once=%d", clickers), func(b *testing.B) {
			databases(b, func(b *testing.B, s *store.Store) { benchmarkClicks(b, s, clickers) })
		})
	}
}

// benchmarkClicks gives the time that a click costs, not that it waits.
func benchmarkClicks(b *testing.B, s *store.Store, clickers int) {
	run(b, s)
	work := make(chan int)
	var group sync.WaitGroup
	for range clickers {
		group.Go(func() {
			for n := range work {
				if _, err := s.Click(b.Context(), click("honey", "twitch", fmt.Sprint(n), noon)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	n := 0
	for b.Loop() {
		work <- n
		n++
	}
	close(work)
	group.Wait()
}

func BenchmarkLoad(b *testing.B) {
	databases(b, func(b *testing.B, s *store.Store) {
		if load(b, s).Seq == 0 {
			for seq := uint64(0); seq < 100_000; seq += 1000 {
				must(b, s.Append(b.Context(), puts(seq+1, seq+1000), nil))
			}
		}
		for b.Loop() {
			load(b, s)
		}
	})
}

// BenchmarkClicks reads the counts of five million clicks.
func BenchmarkClicks(b *testing.B) {
	databases(b, func(b *testing.B, s *store.Store) {
		const numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)"
		must(b, s.Exec(b.Context(), numbers+`
			INSERT INTO hawker_clicks (offer, destination, at, first)
			SELECT 'offer-' || (a.i % 50), 'destination-' || (b.i % 10), 1000 * a.i + b.i, a.i < 0 FROM n a, n b, (SELECT i FROM n WHERE i < 5) c`))
		must(b, s.Exec(b.Context(), `
			INSERT INTO hawker_click_counts SELECT offer, destination, COUNT(*), SUM(CASE WHEN first THEN 1 ELSE 0 END) FROM hawker_clicks GROUP BY offer, destination`))
		for b.Loop() {
			counts, err := s.Clicks(b.Context(), "")
			must(b, err)
			if len(counts) != 500 && len(counts) != 50 {
				b.Fatalf("%d counts", len(counts))
			}
		}
	})
}
