package inject_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hawker-live/hawker/overlay/inject"
	"github.com/hawker-live/hawker/relay/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = time.Millisecond

// tape is a source that plays packets, and then says end.
type tape struct {
	packets []media.Packet
	end     error
	closed  bool
}

func (s *tape) Poll(batch []media.Packet) (int, error) {
	n := copy(batch, s.packets)
	s.packets = s.packets[n:]
	if len(s.packets) > 0 {
		return n, nil
	}
	return n, s.end
}

func (s *tape) Next(_ context.Context, batch []media.Packet) (int, error) {
	if len(s.packets) == 0 {
		return 0, errors.Join(s.end, io.ErrNoProgress)
	}
	n, _ := s.Poll(batch)
	return n, nil
}

func (s *tape) Lag() time.Duration { return 70 * ms }
func (s *tape) Dropped() uint64    { return 3 }
func (s *tape) Close() error       { s.closed = true; return nil }

// read polls a source until it has no more, with batches of that size.
func read(t testing.TB, s inject.Source, size int) (got []media.Packet) {
	t.Helper()
	batch := make([]media.Packet, size)
	for {
		n, err := s.Poll(batch)
		got = append(got, batch[:n]...)
		if n < size || err != nil {
			return got
		}
	}
}

// AVC with lengths of 4 bytes, and what a frame is made of.
func avcHeader(size int) media.Packet {
	return media.Packet{Kind: media.Video, Header: true, Body: []byte{0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x28, 0xfc | byte(size-1), 0xe1, 0, 0}}
}

// units joins NAL units with lengths of size bytes before them.
func units(size int, all ...[]byte) (b []byte) {
	for _, u := range all {
		length := binary.BigEndian.AppendUint32(nil, uint32(len(u)))
		b = append(append(b, length[4-size:]...), u...)
	}
	return b
}

var (
	avcAUD   = []byte{9, 0xf0}
	avcOther = []byte{6, 1, 1, 0xaa, 0x80}
	avcIDR   = []byte{0x65, 1, 2, 3, 4}
	avcInter = []byte{0x41, 5, 6, 7}
)

func picture(at time.Duration, key bool) media.Packet {
	body := append([]byte{0x27, 1, 0, 0, 40}, units(4, avcAUD, avcOther, avcInter, avcInter)...)
	if key {
		body = append([]byte{0x17, 1, 0, 0, 40}, units(4, avcAUD, avcOther, avcIDR, avcIDR)...)
	}
	return media.Packet{Kind: media.Video, Keyframe: key, Time: at, Arrived: time.Unix(1, 0), Body: append(body, units(4, []byte{12, byte(at / ms)})...)}
}

func sound(at time.Duration) media.Packet {
	return media.Packet{Kind: media.Audio, Time: at, Arrived: time.Unix(1, 0), Body: []byte{0xaf, 1, byte(at / ms)}}
}

// show is 25 pictures a second, each fiftieth a keyframe, with sound 5 ms after
// each.
func show(from, to time.Duration) []media.Packet {
	all := []media.Packet{{Kind: media.Data, Header: true, Time: from, Body: []byte("\x02\x00\x0aonMetaData\x05")}, avcHeader(4),
		{Kind: media.Audio, Header: true, Time: from, Body: []byte{0xaf, 0, 0x11, 0x90}}}
	all[1].Time = from
	for at := from; at < to; at += 40 * ms {
		all = append(all, picture(at, (at-from)%(2*time.Second) == 0), sound(at+5*ms))
	}
	return all
}

// cue is a change at a time; its JSON is its name.
func cue(name string, at time.Duration) inject.Cue {
	return inject.Cue{Name: "offer." + name, ID: name, Revision: 7, At: at, JSON: []byte(name), Repeat: []byte(name + "!")}
}

func add(t testing.TB, track *inject.Track, c inject.Cue, running ...inject.Cue) {
	t.Helper()
	if err := track.Add(c, running); err != nil {
		t.Fatal(err)
	}
}

// told is one cue as a receiver sees it.
type told struct {
	how  string // sei, point or text
	what string // its JSON
	at   time.Duration
	nth  int // which packet carried it
}

func (x told) String() string { return fmt.Sprintf("%s %s at %v", x.how, x.what, x.at) }

// tell lists all that a receiver is told.
func tell(t testing.TB, got []media.Packet) (all []told) {
	t.Helper()
	size := 4
	for i, p := range got {
		switch {
		case p.Kind == media.Video && p.Header:
			size = int(p.Body[9]&3) + 1
		case p.Kind == media.Video:
			texts, _ := userData(p.Body[5:], size, false)
			for _, text := range texts {
				all = append(all, told{"sei", text, p.Time, i})
			}
		case p.Kind == media.Data && !p.Header:
			how, what := message(t, p.Body)
			all = append(all, told{how, what, p.Time, i})
		}
	}
	return all
}

func list(all []told, how string) string {
	var b strings.Builder
	for _, x := range all {
		if x.how == how {
			fmt.Fprintf(&b, "%s@%d ", x.what, x.at/ms)
		}
	}
	return strings.TrimSpace(b.String())
}
