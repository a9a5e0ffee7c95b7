package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
)

// stub is a connection from an address.
type stub struct {
	net.Conn
	closed bool
}

func (s *stub) Close() error {
	s.closed = true
	return nil
}

// The one on which nothing is asked for longest has to go, of those from the same
// address or of all.
func TestTheLongestIdleHasToGo(t *testing.T) {
	s, err := newMetrics(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{most: 5, mostEach: 3, turned: s.turned, each: map[netip.Prefix]*party{}}
	var guests []*guest
	come := func(from string) (out int) {
		g := &guest{Conn: &stub{}, door: d, from: netip.MustParsePrefix(from), unused: true}
		guests = append(guests, g)
		return slices.Index(guests, d.enter(g))
	}
	one, two := "192.0.2.1/32", "2001:db8::/64"
	for i, step := range []struct {
		from   string
		active []int // before that
		idle   []int
		out    int
	}{
		{one, nil, nil, -1}, {one, nil, nil, -1}, {one, nil, nil, -1}, // 0, 1, 2
		{one, []int{0}, []int{0}, 1},             // 3
		{one, []int{2}, nil, 0},                  // 4: 2 is busy, and 0 before 3
		{one, []int{3, 4}, nil, 5},               // 5: all are busy
		{one, nil, []int{4}, 4},                  // 6
		{two, nil, nil, -1}, {two, nil, nil, -1}, // 7, 8
		{two, nil, []int{3}, 6},             // 9: too many in all, and 6 is idle before 3
		{two, []int{7, 8, 9}, nil, 10},      // 10: it is too many from there
		{"192.0.2.9/32", []int{3}, nil, 11}, // 11: all are busy
	} {
		for _, g := range step.active {
			d.follow(guests[g], http.StateActive)
		}
		for _, g := range step.idle {
			d.follow(guests[g], http.StateIdle)
		}
		if out := come(step.from); out != step.out {
			t.Fatalf("for %d, %d has to go, want %d", i, out, step.out)
		}
	}
	for _, g := range guests {
		_ = g.Close()
		_ = g.Close()
	}
	if d.all.open != 0 || d.all.idle.Len() != 0 || len(d.each) != 0 {
		t.Errorf("when all have gone, %d are counted, %d idle, %d addresses known", d.all.open, d.all.idle.Len(), len(d.each))
	}
}
