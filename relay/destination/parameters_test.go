package destination

import (
	"errors"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

func TestParameters(t *testing.T) {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	video := func(ms int, id byte) media.Packet {
		return media.Packet{Kind: media.Video, Header: true, Time: at(ms), Body: []byte{0x17, 0, 0, 0, 0, id}}
	}
	audio := func(ms int, id byte) media.Packet {
		return media.Packet{Kind: media.Audio, Header: true, Time: at(ms), Body: []byte{0xAF, 0, id}}
	}
	meta := func(ms int, id byte) media.Packet {
		return media.Packet{Kind: media.Data, Header: true, Time: at(ms), Body: []byte{id}}
	}
	key := func(ms int) media.Packet {
		return media.Packet{Kind: media.Video, Keyframe: true, Time: at(ms), Body: []byte{0x17, 1}}
	}
	frame := func(ms int) media.Packet {
		return media.Packet{Kind: media.Video, Time: at(ms), Body: []byte{0x27, 1}}
	}
	sound := func(ms int) media.Packet {
		return media.Packet{Kind: media.Audio, Time: at(ms), Body: []byte{0xAF, 1}}
	}
	tests := map[string]struct {
		packets []media.Packet
		fit     int
		end     bool
	}{
		"the same again":              {[]media.Packet{video(0, 1), audio(0, 1), key(0), video(40, 1), audio(40, 1), key(40)}, 6, false},
		"other metadata":              {[]media.Packet{meta(0, 1), video(0, 1), key(0), meta(40, 2), key(80)}, 5, false},
		"another picture":             {[]media.Packet{video(0, 1), key(0), frame(40), video(80, 2), key(80)}, 3, true},
		"another picture, no frame":   {[]media.Packet{video(0, 1), key(0), frame(40), video(80, 2), sound(90)}, 3, false},
		"other sound in a long group": {[]media.Packet{video(0, 1), audio(0, 1), key(0), audio(100, 2), frame(200), frame(9000)}, 3, false},
		"and its end":                 {[]media.Packet{video(0, 1), audio(0, 1), key(0), audio(100, 2), frame(9000), key(9040)}, 3, true},
		"other sound, no picture":     {[]media.Packet{audio(0, 1), sound(0), audio(100, 2), sound(1000), sound(2100)}, 2, true},
		"a header a little late":      {[]media.Packet{video(0, 1), key(0), audio(60, 1), sound(60)}, 4, false},
		"a track that was not there":  {[]media.Packet{audio(0, 1), sound(0), video(60_000, 1), key(60_000)}, 2, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var p parameters
			if n, err := p.fit(tt.packets); n != tt.fit || errors.Is(err, errNewParameters) != tt.end {
				t.Errorf("%d fit, %v; want %d and an end: %v", n, err, tt.fit, tt.end)
			}
		})
	}
}

func TestPumpsShareProcessors(t *testing.T) {
	p := newPumps()
	b := fakeBroadcast{}
	first := p.pick(route{broadcast: b})
	p.all[first] = &shared{users: roomy - 1}
	if got := p.pick(route{broadcast: b}); got != first {
		t.Errorf("with room in the first: %+v", got)
	}
	p.all[first].users = roomy
	if got := p.pick(route{broadcast: b, gather: time.Second}); got.shard != 0 {
		t.Errorf("of another gathering: %+v", got)
	}
	second := p.pick(route{broadcast: b})
	if more := processors() > 1; (second != first) != more {
		t.Errorf("with a full first: %+v; more processors: %v", second, more)
	}
}
