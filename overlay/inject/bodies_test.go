package inject

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"
)

// What a frame has no place for is found out once.
func TestWhatDoesNotFitIsKnown(t *testing.T) {
	var b bodies
	frame, made := []byte{1}, 0
	for range 50 {
		b.of(order{plan: plan{to: 1}, frame: &frame[0], size: 1}, func() body {
			made++
			return body{fit: fitsLater, lost: 3}
		})
	}
	if made != 1 {
		t.Errorf("for 50 connections it is found out %d times", made)
	}
}

// The last frames of a broadcast are not held when it is over.
func TestFramesAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bodies
		made := 0
		use := func(to uint64) weak.Pointer[byte] {
			frame := make([]byte, 1<<10)
			b.of(order{plan: plan{to: to}, frame: &frame[0], size: len(frame)}, func() body {
				made++
				return body{frame: frame}
			})
			return weak.Make(&frame[0])
		}
		first := use(1)
		time.Sleep(keptFor / 2)
		second := use(2)
		runtime.GC()
		if first.Value() == nil {
			t.Error("a frame is let go while it may be wanted")
		}
		time.Sleep(3 * keptFor)
		synctest.Wait()
		runtime.GC()
		if first.Value() != nil || second.Value() != nil {
			t.Error("frames are held for ever")
		}
		use(1)
		if made != 3 {
			t.Errorf("%d are made", made)
		}
		time.Sleep(2 * keptFor)
	})
}
