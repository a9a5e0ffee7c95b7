package chat

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestViewerErasesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store, Stream{Name: "main"}, Stream{Name: "second"})
		defer stop()
		id := newID()
		says(t, d, id, "one")
		_, err := d.Post(t.Context(), "second", Post{Viewer: id, Nickname: "Ana", Text: "two", Addr: from(1)})
		must(t, err)
		says(t, d, newID(), "three")
		r, err := d.Join("second", from(1))
		must(t, err)
		defer r.Leave()
		if err := d.EraseOwn(t.Context(), publicID(t, id), from(2)); reason(err) != Malformed {
			t.Errorf("the public id erases: %v", err)
		}
		must(t, d.EraseOwn(t.Context(), id, from(1)))
		must(t, d.EraseOwn(t.Context(), newID(), from(1))) // nobody was told of one who was never there
		if got := take(t, r); !slices.Equal(got, []string{`erase {"viewer":"` + publicID(t, id) + `"}`}) {
			t.Errorf("readers got %q", got)
		}
		if got := store.texts(); !slices.Equal(got, []string{"three"}) {
			t.Errorf("kept %q", got)
		}
		for range 3 {
			must(t, d.EraseOwn(t.Context(), id, from(1)))
		}
		if err := d.EraseOwn(t.Context(), id, from(1)); reason(err) != Address {
			t.Errorf("a sixth time: %v", err)
		}
	})
}

// A message that is being written down while its viewer is erased or banned must
// not appear afterwards.
func TestErasureOvertakesAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		r, err := d.Join("main", from(1))
		must(t, err)
		defer r.Leave()
		store.hold = make(chan struct{})
		id := newID()
		posted, erased := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := d.Post(t.Context(), "main", Post{Viewer: id, Nickname: "Ana", Text: "oh no", Addr: from(1)})
			posted <- err
		}()
		synctest.Wait()
		go func() { erased <- d.Erase(t.Context(), publicID(t, id)) }()
		synctest.Wait()
		close(store.hold)
		if err := <-posted; reason(err) != Unavailable {
			t.Errorf("the writer is told %v", err)
		}
		must(t, <-erased)
		if got := take(t, r); len(got) != 1 || !strings.HasPrefix(got[0], "erase") {
			t.Errorf("readers got %q", got)
		}
		if got := store.texts(); len(got) != 0 {
			t.Errorf("kept %q", got)
		}
	})
}

// While the database is away, strangers must not fill the memory with wishes, and
// what was promised is written down afterwards.
func TestErasuresAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		d, stop := open(t, store)
		defer stop()
		old := newID()
		says(t, d, old, "old")
		store.set(errors.New("disk full"))
		address := 0
		erase := func(id string) error {
			address++
			return d.EraseOwn(t.Context(), id, netip.AddrFrom4([4]byte{10, 0, byte(address >> 8), byte(address)}))
		}
		for range 3 {
			if err := erase(old); !errors.Is(err, ErrUnsaved) {
				t.Errorf("an erasure: %v", err)
			}
		}
		if n := owed(d); n != 1 {
			t.Errorf("one viewer is to be erased %d times", n)
		}
		var all sync.WaitGroup
		var refused atomic.Int64
		for range maxQueue + 100 {
			address++
			addr := netip.AddrFrom4([4]byte{10, 0, byte(address >> 8), byte(address)})
			all.Go(func() {
				if err := d.EraseOwn(t.Context(), newID(), addr); reason(err) == Unavailable {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		if n := refused.Load(); n != 101 || owed(d) != maxQueue {
			t.Errorf("%d erasures were refused, %d are kept", n, owed(d))
		}
		if err := d.Erase(t.Context(), publicID(t, newID())); !errors.Is(err, ErrUnsaved) {
			t.Errorf("a moderator's: %v", err)
		}
		store.set(nil)
		writes := store.written()
		time.Sleep(2 * storeRetry)
		if n := store.written() - writes; n < maxQueue/portion {
			t.Errorf("all was written in %d portions", n)
		}
		if got := store.texts(); len(got) != 0 || owed(d) != 0 {
			t.Errorf("kept %q, and %d to do", got, owed(d))
		}
		must(t, erase(newID()))
	})
}

func TestErasersShareWhatIsLeft(t *testing.T) {
	d, err := New(Config{})
	must(t, err)
	for i := range maxAddresses {
		must(t, d.mayErase(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), time.Now()))
	}
	now := time.Now()
	for i := range 5 {
		must(t, d.mayErase(from(byte(i)), now))
	}
	if err := d.mayErase(from(5), now); reason(err) != Address {
		t.Errorf("one more address: %v", err)
	}
}

func owed(d *Desk) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.owed
}
