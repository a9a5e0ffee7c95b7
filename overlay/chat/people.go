package chat

import (
	"container/list"
	"net/netip"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// people are those who write in a room. They are known in memory only, for as long
// as their limits and the moderators need it.
type people struct {
	viewers   map[string]*viewer // by public id
	order     *list.List         // of their ids, who was unseen for longest first
	addresses map[netip.Prefix]*address
	overflow  address                // shared by those for whom there is no room
	day       string                 // UTC
	salt      []byte                 // of day
	banned    map[[16]byte]time.Time // until when; of day
}

type viewer struct {
	rate    bucket
	last    time.Time // message
	seen    time.Time
	place   *list.Element
	address [16]byte // of today, zero when it is not known
}

type address struct {
	all, newcomers bucket
	seen           time.Time
}

func newPeople() people {
	return people{viewers: map[string]*viewer{}, order: list.New(), addresses: map[netip.Prefix]*address{}, banned: map[[16]byte]time.Time{}}
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

// addressOf is where a viewer wrote from last today; nil when that is not known.
func (p *people) addressOf(viewer string) []byte {
	v := p.viewers[viewer]
	if v == nil || v.address == [16]byte{} {
		return nil
	}
	return v.address[:]
}

func (p *people) bannedUntil(addr netip.Addr) time.Time {
	if len(p.banned) == 0 {
		return time.Time{}
	}
	return p.banned[p.hash(addr)]
}

// keepOut bans the addresses of today that sanctions tell of. Behind one there may
// be several who are banned: the latest end counts, and no one's ban ends with
// another's.
func (p *people) keepOut(sanctions map[string]overlay.ChatSanction) {
	clear(p.banned)
	for _, s := range sanctions {
		if s.Kind != overlay.ChatBan || len(s.Address) != 16 || s.Day != p.day {
			continue
		}
		if at := [16]byte(s.Address); s.Until.After(p.banned[at]) {
			p.banned[at] = s.Until
		}
	}
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
