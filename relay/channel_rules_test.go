package relay

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/config/secret"
)

// scene is a channel and who is connected to it.
type scene struct {
	*channel
	t               *testing.T
	primary, backup *encoder
}

// play runs a scene on a clock of its own. At its beginning the primary is on
// air and the backup stands by.
func play(t *testing.T, hold time.Duration, scenario func(s *scene)) {
	synctest.Test(t, func(t *testing.T) {
		s := &scene{channel: newTestChannel(t, hold), t: t}
		s.conf.BackupKey = secret.New("spare")
		s.primary = s.comes(Primary, "192.0.2.1:1")
		s.primary.keyframe(t)
		s.backup = s.comes(Backup, "192.0.2.2:1")
		scenario(s)
	})
}

func (s *scene) comes(role Role, addr string) *encoder {
	s.t.Helper()
	e, err := publishFrom(s.channel, role, addr)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// is checks the state and who is on air; nobody is "".
func (s *scene) is(state State, on Role, when string) {
	s.t.Helper()
	st := s.status()
	got := Role("")
	if st.Publisher != nil {
		got = st.Publisher.Role
	}
	if st.State != state || got != on {
		s.t.Errorf("%s: %s with %q on air, want %s with %q", when, st.State, got, state, on)
	}
}

func (s *scene) choose(role Role) {
	s.t.Helper()
	if err := s.switchTo(role); err != nil {
		s.t.Fatal(err)
	}
}

func TestEitherEncoderEndsAHold(t *testing.T) {
	play(t, time.Minute, func(s *scene) {
		s.conf.BackupReturn = ReturnManual
		s.choose(Backup)
		s.backup.keyframe(t)
		s.is(Live, Backup, "chosen")
		time.Sleep(2 * time.Second)
		s.backup = s.comes(Backup, "192.0.2.2:2") // on a new line, its old one dead
		s.is(Holding, "", "before either's keyframe")
		s.primary.keyframe(t)
		s.is(Live, Primary, "the primary was first")
		s.backup.keyframe(t)
		s.is(Live, Primary, "the backup was second")
	})
}

func TestDeadPrimaryDoesNotKeepTheBackupOut(t *testing.T) {
	play(t, 10*time.Second, func(s *scene) {
		b := s.stream.Current()
		s.primary.Close(false)
		s.comes(Primary, "192.0.2.1:2") // and sends nothing
		time.Sleep(time.Second)
		s.backup.keyframe(t)
		s.is(Live, Backup, "the backup sends")
		time.Sleep(time.Minute)
		if s.stream.Current() != b {
			t.Error("the broadcast has ended meanwhile")
		}
	})
}

func TestBackupNeedsNoHold(t *testing.T) {
	play(t, 0, func(s *scene) {
		b := s.stream.Current()
		s.primary.Close(false)
		time.Sleep(2 * time.Second)
		if s.is(Holding, "", "until its keyframe"); !s.status().Hold.Overdue {
			t.Error("the hold does not say that it is overdue")
		}
		s.backup.keyframe(t)
		if s.is(Live, Backup, "at its keyframe"); s.stream.Current() != b {
			t.Error("it is another broadcast")
		}
	})
}

func TestLastChanceIsLimited(t *testing.T) {
	play(t, 10*time.Second, func(s *scene) {
		s.backup.Close(true)
		b := s.stream.Current()
		s.primary.Close(false)
		s.comes(Primary, "192.0.2.1:2")
		time.Sleep(29 * time.Second)
		s.is(Holding, "", "in the last chance")
		time.Sleep(2 * time.Second)
		if !ended(b.Done()) {
			t.Error("the broadcast goes on for ever")
		}
		s.is(Live, Primary, "what it sends from now on is another broadcast")
	})
}

func TestNewcomerOfAShowThatNobodySaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, time.Minute)
		c.conf.Takeover = Always
		first := mustPublish(t, c) // and not a keyframe
		second := mustPublish(t, c)
		first.Close(false)
		second.keyframe(t)
		if s := c.status(); s.State != Live || !c.stream.Current().Begun() {
			t.Errorf("state %s; want live with what the second sends", s.State)
		}
	})
}

func TestNobodyIsOrphaned(t *testing.T) {
	play(t, time.Minute, func(s *scene) {
		s.conf.Takeover = Always
		s.comes(Primary, "192.0.2.9:1").Close(false) // gone before its keyframe
		s.choose(Backup)
		s.backup.keyframe(t)
		s.is(Live, Backup, "chosen")
		if st := s.status().Standby; len(st) != 1 || st[0].Role != Primary || s.primary.ended != nil {
			t.Errorf("standing by: %v; want the primary that was on air", st)
		}
		s.choose(Primary)
		s.primary.keyframe(t)
		s.is(Live, Primary, "chosen again")
	})
}

func TestOperatorsLastWordCounts(t *testing.T) {
	play(t, time.Minute, func(s *scene) {
		s.choose(Backup)
		s.backup.keyframe(t)
		s.choose(Primary)
		s.choose(Backup)
		for range 30 { // steady, and more
			s.primary.keyframe(t)
			s.backup.keyframe(t)
			time.Sleep(500 * time.Millisecond)
		}
		s.is(Live, Backup, "as chosen, however steady the primary")
		s.backup.Close(false)
		s.primary.keyframe(t)
		s.is(Live, Primary, "the chosen one is lost")
	})
}

func TestGoodbyes(t *testing.T) {
	tests := map[string]struct {
		do   func(s *scene)
		ends time.Duration // 0: it does not, and the primary goes on
	}{
		"the primary is back, and stops before its keyframe": {func(s *scene) {
			s.backup.Close(true)
			s.primary.Close(false)
			time.Sleep(10 * time.Second)
			s.comes(Primary, "192.0.2.1:2").Close(true)
		}, 5 * time.Second},
		"the backup on air stops beside a primary": {func(s *scene) {
			s.choose(Backup)
			s.backup.keyframe(s.t)
			s.backup.Close(true)
		}, 0},
		"the backup on air stops alone": {func(s *scene) {
			s.primary.Close(false)
			s.backup.keyframe(s.t)
			s.backup.Close(true)
		}, 5 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, time.Minute, func(s *scene) {
				tt.do(s)
				if tt.ends == 0 {
					time.Sleep(20 * time.Second)
					s.primary.keyframe(t)
					s.is(Live, Primary, "after 20 s")
					return
				}
				time.Sleep(tt.ends - time.Millisecond)
				s.is(Holding, "", "just before the end of the stop grace")
				time.Sleep(2 * time.Millisecond)
				s.is(Idle, "", "after the stop grace")
			})
		})
	}
}

func TestHoldFollowsTheConfiguration(t *testing.T) {
	play(t, 10*time.Second, func(s *scene) {
		s.backup.Close(true)
		s.primary.Close(false)
		time.Sleep(9 * time.Second)
		longer := s.conf
		longer.Hold = time.Minute
		if err := s.update(longer); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Second)
		s.is(Holding, "", "of a minute")
		longer.Hold = 30 * time.Second
		if err := s.update(longer); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.is(Idle, "", "of half a minute, long ago")
	})
}

func TestCloseWhileThePrimarySettles(t *testing.T) {
	play(t, time.Minute, func(s *scene) {
		s.primary.Close(false)
		s.backup.keyframe(t)
		s.comes(Primary, "192.0.2.1:2")
		s.close(errors.New("removed"))
		time.Sleep(time.Minute) // in which it would have been looked at
		s.is(Idle, "", "closed")
	})
}
