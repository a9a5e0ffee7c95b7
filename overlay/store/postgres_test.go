package store_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/store/storetest"
)

func TestURLsThatCannotBe(t *testing.T) {
	const canary = "c4nary"
	for name, text := range map[string]string{
		"another scheme":  "mysql://hawker:c4nary@localhost/hawker",
		"no scheme":       "host=localhost user=hawker password=c4nary",
		"bad port":        "postgres://hawker:c4nary@localhost:99999999/hawker",
		"bad escape":      "postgres://hawker:c4nary%zz@localhost/hawker",
		"slash inside":    "postgres://hawker:c4n/c4nary@localhost/hawker",
		"at sign inside":  "postgres://hawker:c4n@c4nary@localhost:x/hawker",
		"bad parameter":   "postgres://hawker:c4nary@localhost/hawker?sslmode=c4nary",
		"number as a key": "postgres://hawker:c4nary@localhost/hawker?connect_timeout=c4nary",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(limited(t), store.Config{URL: secret.New(text)})
			says(t, err, "open the database: the URL of PostgreSQL cannot be understood: write postgres://user:password@host:5432/database")
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestServersThatDoNotLetIn(t *testing.T) {
	server := storetest.StartPostgres(t)
	good, err := url.Parse(server.Database())
	must(t, err)
	with := func(change func(*url.URL)) string { u := *good; change(&u); return u.String() }
	for name, test := range map[string]struct {
		url  string
		says []string
	}{
		"wrong password":   {with(func(u *url.URL) { u.User = url.UserPassword("hawker", "c4nary") }), []string{"it refuses the user or the password", "hawker"}},
		"wrong user":       {with(func(u *url.URL) { u.User = url.UserPassword("nobody", "c4nary") }), []string{"it refuses the user or the password", "nobody"}},
		"no such database": {with(func(u *url.URL) { u.Path = "nowhere" }), []string{"it has no such database", "nowhere"}},
		"nobody listens":   {with(func(u *url.URL) { u.Host = "127.0.0.1:1" }), []string{"PostgreSQL at 127.0.0.1:1: it cannot be reached", "refused"}},
		"no such host":     {with(func(u *url.URL) { u.Host = "c4nary.invalid"; u.User = url.UserPassword("hawker", "c4nary") }), []string{"it cannot be reached"}},
		"no TLS there":     {with(func(u *url.URL) { u.RawQuery = "sslmode=require" }), []string{"it cannot be reached", "TLS"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(limited(t), store.Config{URL: secret.New(test.url)})
			says(t, err, append(test.says, "open the database: PostgreSQL at ")...)
			for _, word := range []string{storetest.Password, "hawker:c4nary", "password=c4nary"} {
				if strings.Contains(fmt.Sprintf("%+v", err), word) {
					t.Errorf("the error tells the password: %v", err)
				}
			}
		})
	}
}

// TestServerRestartsUnderWay stops the server, in good order and not, while events
// are appended: none is refused, lost, or there twice. Clicks may fail meanwhile.
func TestServerRestartsUnderWay(t *testing.T) {
	server := storetest.StartPostgres(t)
	var log lockedBuffer
	s := open(t, store.Config{URL: secret.New(server.Database()), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	run(t, s)
	answered := make(chan struct{}, 1)
	stop := make(chan struct{})
	var events, clicks int64
	var group sync.WaitGroup
	group.Go(func() {
		defer close(answered)
		for ; !closed(stop); events++ {
			seq := uint64(events + 1)
			if err := s.Append(t.Context(), puts(seq, seq), &overlay.Receipt{Key: fmt.Sprint(seq), At: noon}); err != nil {
				t.Error(err)
				return
			}
			select {
			case answered <- struct{}{}:
			default:
			}
		}
	})
	var unsure int64
	group.Go(func() {
		for !closed(stop) {
			if _, err := s.Click(t.Context(), click("a", "b", "v", noon)); err == nil {
				clicks++
			} else {
				unsure++
			}
		}
	})
	for _, end := range []func(){server.Stop, server.Crash} {
		for range 20 {
			<-answered
		}
		end()
		server.Start()
	}
	for range 20 {
		<-answered
	}
	// Both losses of the lock are told, and that it is held again.
	const taken = "the lock that keeps other hawkers from this database is taken again"
	waitFor(t, func() bool { return strings.Contains(log.String(), taken) })
	close(stop)
	group.Wait()
	same(t, load(t, s), (&overlay.State{}).With(puts(1, uint64(events))...))
	counts, err := s.Clicks(t.Context(), "a")
	must(t, err)
	if n := counts[0].Clicks; n < clicks || n > clicks+unsure {
		t.Errorf("%d clicks are there; %d were acknowledged, and %d may be", n, clicks, unsure)
	}
	if !strings.Contains(log.String(), "is lost; trying to take it again") {
		t.Errorf("the log says %s", log.String())
	}
}

// TestLockIsTakenAgain lets somebody else have it meanwhile.
func TestLockIsTakenAgain(t *testing.T) {
	server := storetest.StartPostgres(t)
	c := store.Config{URL: secret.New(server.Database())}
	var log lockedBuffer
	c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	s := open(t, c)
	server.Exec("test_1", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
	other, err := store.Open(limited(t), store.Config{URL: c.URL})
	must(t, err)
	run(t, s)
	waitFor(t, func() bool { return strings.Contains(log.String(), `err="another hawker uses this database"`) })
	// Should both write, one finds out.
	must(t, other.Append(t.Context(), puts(1, 1), nil))
	isError(t, s.Append(t.Context(), []overlay.Event{put(1, "x", "another")}, nil), store.ErrConflict)
	must(t, other.Close())
	waitFor(t, func() bool { return strings.Contains(log.String(), "taken again") })
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'")
	must(t, err)
	same(t, n, int64(1))
}

// TestSchemasAreApart has two hawkers in one database, each in a schema.
func TestSchemasAreApart(t *testing.T) {
	server := storetest.StartPostgres(t, "synchronous_commit=off")
	text := server.Database()
	for i, schema := range []string{"one", "two"} {
		server.Exec("test_1", "CREATE SCHEMA "+schema)
		s := open(t, store.Config{URL: secret.New(text + "&search_path=" + schema)})
		must(t, s.Append(t.Context(), puts(1, uint64(i+1)), nil))
		same(t, load(t, s).Seq, uint64(i+1))
		n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM "+schema+".hawker_events")
		must(t, err)
		same(t, n, int64(i+1))
		on, err := s.Number(t.Context(), "SELECT COUNT(*) WHERE current_setting('synchronous_commit') = 'on'")
		must(t, err)
		same(t, on, int64(1))
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// waitFor looks again and again.
func waitFor(t *testing.T, is func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	late := time.After(30 * time.Second)
	for !is() {
		select {
		case <-again.C:
		case <-late:
			t.Fatal("it does not come")
		}
	}
}

// lockedBuffer may be written to and read at the same time.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
