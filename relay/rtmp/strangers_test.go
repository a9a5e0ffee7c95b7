package rtmp

import (
	"net/netip"
	"testing"
)

func TestStrangersMakeRoomForOthers(t *testing.T) {
	s := &strangers{most: 6, mostPerAddress: 3}
	a, b, c, d := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("192.0.2.4")
	var all []*stranger
	for i, step := range []struct {
		from netip.Addr
		in   bool
		out  int // who has to leave, by number; -1 is nobody
	}{
		{a, true, -1}, {b, true, -1}, {b, true, -1}, {b, true, -1},
		{b, false, -1}, // too many of one address
		{c, true, -1}, {c, true, -1},
		{d, true, 1}, // the first of b, which has the most
		{d, true, 2}, // b, c and d have two each: the oldest
		{b, true, 5}, // c and d: c's first
		{a, true, 3}, // b and d: what is left of the first b
		{c, true, 0}, // a and d: the first a
	} {
		x := &stranger{addr: step.from}
		all = append(all, x)
		in, out := s.enter(x)
		if in != step.in || (out == nil) != (step.out < 0) || out != nil && out != all[step.out] {
			t.Fatalf("step %d: in %v, out %v; want %v, %d", i, in, out, step.in, step.out)
		}
	}
	s.leave(all[0]) // who has left already
	if len(s.queue) != 6 {
		t.Errorf("%d places are taken, want 6", len(s.queue))
	}
	for _, x := range all {
		s.leave(x)
	}
	if len(s.queue) != 0 {
		t.Errorf("%d places are taken after all have left", len(s.queue))
	}
}
