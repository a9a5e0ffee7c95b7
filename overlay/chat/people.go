package chat

import (
	"container/list"
	"net/netip"
	"slices"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// people are those who write in a room. They are known in memory only, for as long
// as their limits and the moderators need it.
type people struct {
	viewers   map[string]*viewer // by public id
	order     *list.List         // of their ids, who was unseen for longest first
	addresses map[netip.Prefix]*address
	overflow  address             // shared by those for whom there is no room
	day       string              // UTC
	salt      []byte              // of day
	barred    map[[16]byte]barred // addresses of day
}

type viewer struct {
	rate    bucket
	last    time.Time // message; of a newcomer in slow mode, the neighbours'
	waits   bool      // nothing of it was taken yet
	seen    time.Time
	place   *list.Element
	address [16]byte // of today, zero when it is not known
}

type address struct {
	all, newcomers bucket
	last           time.Time // message that was taken
	seen           time.Time
}

// barred says until when nobody at an address may write, and nobody who is new.
type barred struct{ all, newcomers time.Time }

func newPeople() people {
	return people{viewers: map[string]*viewer{}, order: list.New(), addresses: map[netip.Prefix]*address{}, barred: map[[16]byte]barred{}}
}

// wrote tells whether a viewer is known to have written here.
func (p *people) wrote(id string) bool {
	v := p.viewers[id]
	return v != nil && !v.waits
}

// saw remembers a viewer who has written. For a new one, the one makes room who
// was unseen for longest: strangers must not be able to lock others out.
func (p *people) saw(id string, v *viewer, now time.Time) {
	v.seen = now
	if v.place != nil {
		p.order.MoveToBack(v.place)
		return
	}
	if len(p.viewers) >= maxViewers {
		p.forget(p.order.Front())
	}
	p.viewers[id], v.place = v, p.order.PushBack(id)
}

func (p *people) forget(place *list.Element) {
	id, _ := p.order.Remove(place).(string)
	delete(p.viewers, id)
}

func (p *people) address(addr netip.Addr, now time.Time) *address {
	at := neighbourhood(addr)
	a := p.addresses[at]
	if a == nil {
		if len(p.addresses) >= maxAddresses {
			return &p.overflow
		}
		a = &address{}
		p.addresses[at] = a
	}
	a.seen = now
	return a
}

// hash is what an address is known by today; zero without one.
func (p *people) hash(addr netip.Addr) (none [16]byte) {
	if !addr.IsValid() || len(p.salt) == 0 {
		return none
	}
	return hashAddress(p.salt, neighbourhood(addr).String())
}

// addressOf is where a viewer wrote from last today, or did by an earlier sanction;
// nil when that is not known.
func (p *people) addressOf(viewer string, before *overlay.ChatSanction) []byte {
	v := p.viewers[viewer]
	switch {
	case v != nil && v.address != [16]byte{}:
		return slices.Clone(v.address[:])
	case p.addressToo(before):
		return before.Address
	}
	return nil
}

func (p *people) barredAt(addr netip.Addr) barred {
	if len(p.barred) == 0 {
		return barred{}
	}
	return p.barred[p.hash(addr)]
}

// keepOut bars the addresses of today that sanctions tell of. Behind one there may
// be several of whom they tell: the latest end counts, and no one's ends with
// another's.
func (p *people) keepOut(sanctions map[string]overlay.ChatSanction) {
	clear(p.barred)
	for _, s := range sanctions {
		if !p.addressToo(&s) {
			continue
		}
		at := [16]byte(s.Address)
		b := p.barred[at]
		until := &b.newcomers
		if s.Kind == overlay.ChatBan {
			until = &b.all
		}
		if s.Until.After(*until) {
			*until = s.Until
		}
		p.barred[at] = b
	}
}

// addressToo tells whether a sanction holds for an address, too.
func (p *people) addressToo(s *overlay.ChatSanction) bool {
	return len(s.Address) == 16 && s.Day == p.day
}

// newDay begins a day with its salt: what was hashed before tells nothing more.
func (p *people) newDay(day string, salt []byte) {
	p.day, p.salt = day, salt
	for _, v := range p.viewers {
		v.address = [16]byte{}
	}
}

// tidy forgets those who have not been seen for long.
func (p *people) tidy(now time.Time) {
	for _, v := range p.viewers {
		if now.Sub(v.seen) > idleViewer {
			p.forget(v.place)
		}
	}
	for at, a := range p.addresses {
		if now.Sub(a.seen) > idleAddress {
			delete(p.addresses, at)
		}
	}
}
