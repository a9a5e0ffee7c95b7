package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/store"
	"github.com/hawker-live/hawker/overlay/store/storetest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// The variables that make the test binary a victim, and name its round.
const (
	victimFolder = "HAWKER_STORE_VICTIM_FOLDER"
	victimURL    = "HAWKER_STORE_VICTIM_URL"
	victimRound  = "HAWKER_STORE_VICTIM_ROUND"
	victimEvents = "HAWKER_STORE_VICTIM_EVENTS" // how many it appends, with a click after each; empty is for ever, with clicks meanwhile
)

// readyWithin is the promise, and a second because tests share two cores.
const readyWithin = 2*time.Second + time.Second

// clickers is how many of a victim's goroutines click.
const clickers = 8

// victim appends events and counts clicks, and says what has been acknowledged,
// until it is killed.
func victim() {
	// One call of write for a line: a pipe keeps what it got when the victim dies.
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(os.Stdout, format+"\n", args...) }
	fail := func(err error) {
		if err != nil {
			say("failed %v", err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Folder: os.Getenv(victimFolder), URL: secret.New(os.Getenv(victimURL))})
	fail(err)
	clickOnce := func(name string) {
		_, err := s.Click(ctx, click("honey", name, name, time.Now()))
		fail(err)
		say("click %s", name)
	}
	round := os.Getenv(victimRound)
	most, err := strconv.ParseUint(os.Getenv(victimEvents), 10, 64)
	if err == nil {
		fail(s.Prune(ctx, time.Now())) // so that Run has nothing to write in between
	}
	go func() { fail(s.Run(ctx)) }()
	for g := range clickers {
		if err == nil {
			break
		}
		go func() {
			for n := 0; ; n++ {
				clickOnce(fmt.Sprintf("%s-%d-%d", round, g, n))
			}
		}()
	}
	go chatter(ctx, s, round, say, fail)
	state, err := s.Load(ctx)
	fail(err)
	for seq := state.Seq + 1; most == 0 || seq <= most; seq++ {
		title := fmt.Sprintf("%s-%d", round, seq)
		fail(s.Append(ctx, []overlay.Event{put(seq, "honey", title)}, &overlay.Receipt{Key: title, Hash: title, Status: 200, Body: []byte(title), At: time.Now()}))
		say("event %d %s", seq, title)
		if most > 0 {
			clickOnce(title)
		}
		if seq%64 == 0 {
			state, err := s.Load(ctx)
			fail(err)
			fail(s.Save(ctx, state))
		}
	}
}

// chatter says something, and says what has been acknowledged.
func chatter(ctx context.Context, s *store.Store, round string, say func(string, ...any), fail func(error)) {
	kept, err := s.LoadChat(ctx, 1)
	fail(err)
	for id := kept.LastID + 1; ; id++ {
		m := message(id, "main", "a")
		m.Message.Text = round
		fail(s.WriteChat(ctx, []overlay.ChatChange{m}))
		say("chat %d %s", id, round)
	}
}

// acknowledged is what all victims were told is written down.
type acknowledged struct {
	events map[uint64]string
	clicks map[string]bool
	chat   map[uint64]string
}

func TestKilledKeepsWhatItAcknowledged(t *testing.T) {
	kill(t, store.Config{Folder: t.TempDir()}, 10)
}

func TestKilledAtPostgreSQLKeepsWhatItAcknowledged(t *testing.T) {
	server := storetest.StartPostgres(t, "fsync=on")
	kill(t, store.Config{URL: secret.New(server.Database())}, 4)
}

func TestKilledTwoHundredTimes(t *testing.T) {
	require.Nightly(t)
	kill(t, store.Config{Folder: t.TempDir()}, 200)
	server := storetest.StartPostgres(t, "fsync=on")
	kill(t, store.Config{URL: secret.New(server.Database())}, 50)
}

func kill(t *testing.T, c store.Config, rounds int) {
	told := acknowledged{map[uint64]string{}, map[string]bool{}, map[uint64]string{}}
	for round := range rounds {
		before := len(told.events) + len(told.clicks)
		told.hear(t, c, round)
		if len(told.events)+len(told.clicks) == before {
			t.Fatalf("round %d did nothing", round)
		}
		began := time.Now()
		s := open(t, c)
		if !c.URL.Empty() {
			outlive(t, s)
		}
		state := load(t, s)
		if d := time.Since(began); d > readyWithin {
			t.Errorf("round %d: ready after %v", round, d)
		}
		told.check(t, s, state, round+1)
		must(t, s.Close())
	}
	t.Logf("%d events and %d clicks were acknowledged in %d rounds", len(told.events), len(told.clicks), rounds)
}

// outlive waits until PostgreSQL has ended what a victim asked for at the last: it
// may commit that while others look already.
func outlive(t *testing.T, s *store.Store) {
	t.Helper()
	waitFor(t, func() bool {
		n, err := s.Number(t.Context(), `SELECT COUNT(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'hawker' AND state <> 'idle' AND pid <> pg_backend_pid()`)
		must(t, err)
		return n == 0
	})
}

// hear runs a victim, kills it, and notes what it said.
func (a *acknowledged) hear(t *testing.T, c store.Config, round int) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimFolder+"="+c.Folder, victimURL+"="+c.URL.Reveal(), fmt.Sprintf("%s=%d", victimRound, round))
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	must(t, err)
	must(t, victim.Start())
	var once sync.Once
	var timer *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		a.note(t, lines.Text())
		if strings.HasPrefix(lines.Text(), "chat ") { // which may be long before the others on a busy machine
			continue
		}
		// The moment counts from when it works.
		once.Do(func() {
			timer = time.AfterFunc(time.Duration(5+rand.IntN(150))*time.Millisecond, func() { _ = victim.Process.Kill() })
		})
	}
	_ = victim.Wait()
	if timer != nil {
		timer.Stop()
	}
}

func (a *acknowledged) note(t *testing.T, line string) {
	t.Helper()
	var seq uint64
	var title string
	if name, ok := strings.CutPrefix(line, "click "); ok {
		a.clicks[name] = true
	} else if _, err := fmt.Sscanf(line, "event %d %s", &seq, &title); err == nil {
		a.events[seq] = title
	} else if _, err := fmt.Sscanf(line, "chat %d %s", &seq, &title); err == nil {
		a.chat[seq] = title
	} else {
		t.Fatalf("the victim says %q", line)
	}
}

// check compares the database with what was told. An event and a click of each
// clicker may be there in each round without having been told.
func (a *acknowledged) check(t *testing.T, s *store.Store, state *overlay.State, rounds int) {
	t.Helper()
	there := map[uint64]string{}
	for after := uint64(0); after < state.Seq; {
		events, err := s.Events(t.Context(), overlay.LogQuery{After: after})
		must(t, err)
		for _, e := range events {
			there[e.Seq] = e.Offer.Title
			after = e.Seq
		}
	}
	for seq, title := range a.events {
		if there[seq] != title {
			t.Fatalf("event %d is %q, and %q was acknowledged", seq, there[seq], title)
		}
	}
	if n := len(there); n > len(a.events)+rounds || uint64(n) != state.Seq {
		t.Fatalf("%d events are there, the last one is %d, and %d were acknowledged in %d rounds", n, state.Seq, len(a.events), rounds)
	}
	a.checkAnswers(t, s, there)
	a.checkClicks(t, s, rounds)
	a.checkChat(t, s, rounds)
}

func (a *acknowledged) checkChat(t *testing.T, s *store.Store, rounds int) {
	t.Helper()
	there := map[uint64]string{}
	for _, m := range loadChat(t, s, 1<<30).Messages {
		there[m.ID] = m.Text
	}
	for id, text := range a.chat {
		if there[id] != text {
			t.Fatalf("message %d is %q, and %q was acknowledged", id, there[id], text)
		}
	}
	if len(there) > len(a.chat)+rounds {
		t.Fatalf("%d messages are there, and %d were acknowledged in %d rounds", len(there), len(a.chat), rounds)
	}
}

func (a *acknowledged) checkAnswers(t *testing.T, s *store.Store, there map[uint64]string) {
	t.Helper()
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_receipts")
	must(t, err)
	same(t, n, int64(len(there)))
	for _, title := range there {
		r, ok, err := s.Receipt(t.Context(), title)
		must(t, err)
		if !ok || string(r.Body) != title {
			t.Fatalf("the answer to %s is %q", title, r.Body)
		}
		return // one will do
	}
}

func (a *acknowledged) checkClicks(t *testing.T, s *store.Store, rounds int) {
	t.Helper()
	counts, err := s.Clicks(t.Context(), "honey")
	must(t, err)
	there := map[string]int64{}
	for _, c := range counts {
		there[c.Destination] = c.Clicks
		if c.Clicks != 1 || c.Visitors != 1 {
			t.Fatalf("a click counts as %+v", c)
		}
	}
	for name := range a.clicks {
		if there[name] != 1 {
			t.Fatalf("click %s was acknowledged and is not there", name)
		}
	}
	if len(there) > len(a.clicks)+rounds*clickers {
		t.Fatalf("%d clicks are there, and %d were acknowledged in %d rounds", len(there), len(a.clicks), rounds)
	}
	n, err := s.Number(t.Context(), "SELECT COUNT(*) FROM hawker_clicks")
	must(t, err)
	same(t, n, int64(len(there)))
}
