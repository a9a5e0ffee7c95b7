package rtmp

import (
	"net/netip"
	"slices"
	"sync"
)

// strangers are the connections that have not shown a key yet. There are only
// so many places for them: an address that has too many gets no more, and when
// all are taken, the address with the most gives up its oldest. So whoever holds
// the places keeps an encoder out only if it has as many addresses as there are
// places.
type strangers struct {
	most, mostPerAddress int

	mu    sync.Mutex  // guards queue
	queue []*stranger // in the order in which they came
}

// stranger is one who waits to be known.
type stranger struct {
	addr netip.Addr
	end  func() // must not block
}

// enter gives x a place, or not. It returns whom it has turned out for that.
func (s *strangers) enter(x *stranger) (in bool, out *stranger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := map[netip.Addr]int{}
	most := 0
	for _, other := range s.queue {
		count[other.addr]++
		most = max(most, count[other.addr])
	}
	if count[x.addr] >= s.mostPerAddress {
		return false, nil
	}
	if len(s.queue) >= s.most {
		i := slices.IndexFunc(s.queue, func(other *stranger) bool { return count[other.addr] == most })
		out = s.queue[i]
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	s.queue = append(s.queue, x)
	return true, out
}

// leave gives x's place back, if it still has it.
func (s *strangers) leave(x *stranger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.queue, x); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	}
}
