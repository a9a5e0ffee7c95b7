package store_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimFolder) != "" || os.Getenv(victimURL) != "" {
		victim()
		return
	}
	goleak.VerifyTestMain(m)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open opens the database; it is closed at the end of the test at the latest.
func open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(limited(t), c)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// limited is a context that ends a test which hangs.
func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// run runs the store until the test, or the function that is returned, ends it.
func run(t testing.TB, s *store.Store) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	stop = func() { cancel(); group.Wait() }
	t.Cleanup(stop)
	return stop
}

// noon is of a day that Run does not take to be over.
var noon = time.Date(2126, 3, 1, 12, 0, 0, 123e6, time.UTC)

// put is an event that makes an offer. What is different about it is its title.
func put(seq uint64, id, title string) overlay.Event {
	return overlay.Event{Seq: seq, At: noon, Type: overlay.OfferPut, ID: id, Offer: &overlay.Offer{
		ID: id, Title: title, Price: overlay.Money{Amount: 1250, Currency: "EUR"}, URL: "https://shop.example/" + id, Duration: time.Minute,
	}}
}

func live(seq uint64, stream string) overlay.Event {
	return overlay.Event{Seq: seq, At: noon, Type: overlay.StreamLive, Stream: stream}
}

// puts are events from one Seq to another.
func puts(from, to uint64) (events []overlay.Event) {
	for seq := from; seq <= to; seq++ {
		events = append(events, put(seq, fmt.Sprintf("offer-%d", seq%50), fmt.Sprintf("Title <%d> & ✓", seq)))
	}
	return events
}

func click(offer, destination, visitor string, at time.Time) overlay.Click {
	return overlay.Click{Offer: offer, Destination: destination, Visitor: visitor, At: at}
}
