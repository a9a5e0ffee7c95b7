package relay

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Three changes of hands a minute, whoever asks; the same encoder on a new line
// is no rival.
func TestTakeoversAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, time.Minute)
		c.conf.Takeover = Always
		come := func(host string) error {
			e, err := publishFrom(c, Primary, "198.51.100."+host+":1")
			if err == nil {
				e.keyframe(t)
			}
			return err
		}
		mustPublish(t, c).keyframe(t)
		for n := range 3 {
			time.Sleep(10 * time.Second)
			if err := come(string(rune('1' + n))); err != nil {
				t.Fatalf("takeover %d: %v", n+1, err)
			}
		}
		time.Sleep(10 * time.Second)
		var r *rtmp.Refusal
		if err := come("4"); !errors.As(err, &r) || !r.BadName() || !strings.Contains(r.Description, "next change may come in 31 s") {
			t.Errorf("the fourth within a minute: %v, want BadName with the time", err)
		}
		if err := come("3"); err != nil {
			t.Errorf("the same encoder, whose old connection has been silent for 10 s: %v", err)
		}
		time.Sleep(31 * time.Second)
		if err := come("5"); err != nil {
			t.Errorf("when the first is a minute ago: %v", err)
		}
	})
}

// A newcomer that may take over at once leaves the one on air there until its
// own keyframe, and for good if it never has one.
func TestTheLiveOneStaysUntilTheKeyframe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, time.Minute)
		c.conf.Takeover = Always
		first := mustPublish(t, c)
		first.keyframe(t)
		fleeting := mustPublish(t, c)
		if first.ended != nil || c.status().State != Live {
			t.Errorf("state %s, the first ended with %v before the newcomer has sent anything", c.status().State, first.ended)
		}
		fleeting.Close(false)
		if s := c.status(); s.State != Live || s.Publisher == nil {
			t.Errorf("state %s after the newcomer has gone, want live", s.State)
		}
		first.keyframe(t)
		second := mustPublish(t, c)
		if len(c.status().Standby) != 1 {
			t.Error("the newcomer is not shown as standing by")
		}
		second.keyframe(t)
		if first.ended == nil || c.status().State != Live || len(c.status().Standby) != 0 {
			t.Errorf("the first ended with %v, standby %v; want it turned out", first.ended, c.status().Standby)
		}
		first.Close(false)
		if c.status().State != Live {
			t.Error("the end of the first is taken for the end of the second")
		}
	})
}

// An encoder that is back within the hold, and slow to send its keyframe, is
// waited for beyond it; when it goes again the broadcast ends.
func TestHoldWaitsForOneThatIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, 10*time.Second)
		e := mustPublish(t, c)
		e.keyframe(t)
		e.Close(false)
		time.Sleep(9 * time.Second)
		back := mustPublish(t, c)
		time.Sleep(5 * time.Second)
		if s := c.status(); s.State != Holding || len(s.Standby) != 1 {
			t.Errorf("state %s, standby %v; want holding with one that is back", s.State, s.Standby)
		}
		back.Close(false)
		if s := c.status(); s.State != Idle {
			t.Errorf("state %s, want idle: the hold is over and nobody is there", s.State)
		}
	})
}

// What nobody could have seen needs no hold.
func TestNothingShownIsNothingHeld(t *testing.T) {
	c := newTestChannel(t, time.Minute)
	mustPublish(t, c).Close(false)
	if s := c.status(); s.State != Idle || s.Hold != nil {
		t.Errorf("state %s, want idle", s.State)
	}
}

func TestPrimaryMustBeSteady(t *testing.T) {
	for _, way := range []BackupReturn{ReturnAuto, ReturnManual} {
		t.Run(string(way), func(t *testing.T) { primaryComesBack(t, way) })
	}
}

func primaryComesBack(t *testing.T, way BackupReturn) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, time.Minute)
		c.conf.BackupReturn = way
		first := mustPublish(t, c)
		first.keyframe(t)
		spare, err := publishFrom(c, Backup, "192.0.2.7:1")
		if err != nil {
			t.Fatal(err)
		}
		first.Close(false)
		spare.keyframe(t)
		back := mustPublish(t, c)
		send := func(seconds int) { // each half second
			for range 2 * seconds {
				spare.keyframe(t)
				back.keyframe(t)
				time.Sleep(500 * time.Millisecond)
			}
		}
		send(8)
		time.Sleep(3 * time.Second) // a pause
		send(9)
		if c.air.role != Backup {
			t.Fatal("on air again 9 s after a pause")
		}
		send(3)
		if want := map[BackupReturn]Role{ReturnAuto: Primary, ReturnManual: Backup}[way]; c.air.role != want {
			t.Errorf("after 12 s without a pause the %s is on air, want the %s", c.air.role, want)
		}
	})
}

// A backup that comes while the show is ending does not go on with it.
func TestBackupDoesNotUndoAGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestChannel(t, time.Minute)
		first := mustPublish(t, c)
		first.keyframe(t)
		first.Close(true)
		spare, err := publishFrom(c, Backup, "192.0.2.7:1")
		if err != nil {
			t.Fatal(err)
		}
		spare.keyframe(t)
		if s := c.status(); s.State != Holding {
			t.Errorf("state %s in the stop grace, want holding", s.State)
		}
		time.Sleep(6 * time.Second)
		if s := c.status(); s.State != Idle || len(s.Standby) != 1 {
			t.Errorf("state %s, standby %v; want idle with the backup", s.State, s.Standby)
		}
	})
}

func TestBackupBeginsNoShow(t *testing.T) {
	c := newTestChannel(t, time.Minute)
	spare, err := publishFrom(c, Backup, "192.0.2.7:1")
	if err != nil {
		t.Fatal(err)
	}
	spare.keyframe(t)
	if c.stream.Current() != nil {
		t.Error("the backup has begun a broadcast")
	}
	if err := c.switchTo(Backup); err != nil || c.status().State != Live {
		t.Errorf("the operator's switch: %v, state %s; want live", err, c.status().State)
	}
	if err := c.switchTo(Primary); !errors.Is(err, ErrNotConnected) {
		t.Errorf("a switch to nobody: %v", err)
	}
}
