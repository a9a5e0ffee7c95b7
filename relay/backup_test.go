package relay_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// pair is a stream with a primary and a backup encoder.
type pair struct {
	*rig
	platform        *relaytest.Platform
	primary, backup *relaytest.Encoder
	session         *relaytest.Session
}

func startPair(t *testing.T, back relay.BackupReturn) *pair {
	t.Helper()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	conf := stream("main", to("d", p))
	conf.BackupKey, conf.BackupReturn = key("spare"), back
	r := start(t, relay.Config{Streams: []relay.Stream{conf}})
	b := &pair{rig: r, platform: p}
	b.backup = r.encode(relaytest.EncoderConfig{Target: r.ingest("spare"), Source: seeded(9)})
	must(t, b.backup.WaitSent(within(t, 5*time.Second), 50))
	if s := r.Status()[0]; s.State != relay.Idle || len(s.Standby) != 1 || s.Standby[0].Role != relay.Backup {
		t.Errorf("with the backup alone: state %s, standby %v; want idle and the backup", s.State, s.Standby)
	}
	b.primary = r.encode(relaytest.EncoderConfig{Source: seeded(1)})
	b.session = session(t, p, 1)
	reach(t, b.session, 1000)
	return b
}

// shows waits until something that e sends from now on has come to the platform.
func (b *pair) shows(e *relaytest.Encoder, limit time.Duration) {
	b.t.Helper()
	n := e.Len()
	must(b.t, b.session.Wait(within(b.t, limit), func(s *relaytest.Session) bool {
		last, ok := s.Last()
		if !ok {
			return false
		}
		for _, m := range e.Sent()[n:] {
			if m.Hash == last.Hash && m.Kind == media.Video {
				return true
			}
		}
		return false
	}))
}

func (b *pair) onAir(role relay.Role) bool {
	p := b.Status()[0].Publisher
	return p != nil && p.Role == role
}

func TestBackupStandsIn(t *testing.T) {
	t.Parallel()
	b := startPair(t, relay.ReturnAuto)
	b.primary.Kill()
	b.shows(b.backup, 1*time.Second+2*noise) // its keyframes are a second apart
	if s := b.Status()[0]; s.State != relay.Live || !b.onAir(relay.Backup) {
		t.Errorf("state %s, publisher %+v; want live from the backup", s.State, s.Publisher)
	}
	if gap := longestGap(b.session.Messages()); gap > time.Second+noise {
		t.Errorf("the gap was %v, want the backup's next keyframe", gap)
	}
	again := b.encode(relaytest.EncoderConfig{Source: seeded(2)})
	back := time.Now()
	eventually(t, 12*time.Second+noise, "the primary is on air again", func() bool { return b.onAir(relay.Primary) })
	if took := time.Since(back); took < 10*time.Second {
		t.Errorf("on air again after %v, want 10 s of steadiness", took)
	}
	b.shows(again, 5*time.Second)
	must(t, relaytest.CheckClock(b.session.Messages()))
	b.oneConnection(b.platform, b.session)
	if s := b.Status()[0]; s.Switches != 1 || s.Drops != 1 || len(s.Standby) != 1 {
		t.Errorf("%d switches, %d drops, standby %v; want one of each", s.Switches, s.Drops, s.Standby)
	}
}

func TestBackupReturnByHand(t *testing.T) {
	t.Parallel()
	b := startPair(t, relay.ReturnManual)
	b.primary.Kill()
	b.shows(b.backup, 5*time.Second)
	again := b.encode(relaytest.EncoderConfig{Source: seeded(2)})
	must(t, again.WaitSent(within(t, 5*time.Second), 10))
	must(t, b.Switch("main", relay.Primary))
	b.shows(again, 5*time.Second)
	must(t, b.Switch("main", relay.Backup))
	b.shows(b.backup, 5*time.Second)
	b.backup.Kill() // the primary goes on, whoever is meant to switch
	b.shows(again, 5*time.Second)
	must(t, relaytest.CheckClock(b.session.Messages()))
	b.oneConnection(b.platform, b.session)
	if err := b.Switch("main", relay.Backup); err == nil {
		t.Error("a backup that is gone can be switched to")
	}
}

// The show is over when the primary says so, however long the backup sends.
func TestPrimaryEndsTheShow(t *testing.T) {
	t.Parallel()
	b := startPair(t, relay.ReturnAuto)
	b.primary.Stop()
	must(t, b.session.WaitGoodbye(within(t, 5*time.Second)))
	if s := b.Status()[0]; len(s.Standby) != 1 {
		t.Errorf("standby %v, want the backup to stay for the next show", s.Standby)
	}
	b.primary = b.encode(relaytest.EncoderConfig{Source: seeded(3)})
	b.session = session(t, b.platform, 2)
	reach(t, b.session, 500)
	b.primary.Kill()
	b.shows(b.backup, 5*time.Second)
}
