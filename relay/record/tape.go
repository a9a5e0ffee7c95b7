package record

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// muxer makes a file's bytes of packets. They get into the buffer that it was
// made with piece by piece: what is there is whole.
type muxer interface {
	add(*media.Packet) error
	// late is given a header that is another one than before, while nothing of the
	// file is written; a muxer that has taken it needs no new file.
	late(*media.Packet) (taken bool, err error)
	// flush is the end of the file.
	flush() error
	codecs() string
}

// gone is for how long there must be no picture for the stream to be sound alone.
const gone = 2 * time.Second

// tape is the parts of one broadcast, one after the other.
type tape struct {
	r    *Recorder
	dir  *folder
	show string

	heads   heads
	changed bool // they are not those of the part
	blind   bool // so much so that pictures cannot be decoded with the part's
	video   time.Duration

	mux   muxer // nil before the first start point
	first media.Packet
	epoch time.Time // what the clock said when the part began, as far as packets tell
	out   bytes.Buffer
	part  *part // nil until something is written

	begun func()      // is told when there is one
	leave func(*part) // closes one, which may take its time
}

// never is before all times of a stream.
const never = math.MinInt64 / 2

func newTape(r *Recorder, dir *folder, show string) *tape {
	return &tape{r: r, dir: dir, show: show, video: never, heads: heads{keyframe: never}}
}

// takeAll takes packets and writes what is whole then.
func (t *tape) takeAll(batch []media.Packet) error {
	for i := range batch {
		if err := t.take(&batch[i]); err != nil {
			return err
		}
	}
	return t.write()
}

func (t *tape) take(p *media.Packet) error {
	if p.Kind == media.Video && (!p.Header || t.video == never) {
		t.video = p.Time
	}
	if p.Keyframe {
		t.heads.keyframe = p.Time
	}
	if p.Header && t.heads.note(p) && t.mux != nil && p.Kind != media.Data {
		taken, err := t.mux.late(p)
		if err != nil || taken {
			return err
		}
		t.changed = true
		t.blind = t.blind || p.Kind == media.Video
	}
	if t.begins(p) {
		if err := t.next(p); err != nil {
			return err
		}
	}
	if t.mux == nil || t.blind && p.Kind == media.Video {
		return nil
	}
	if began := p.Arrived.Add(t.first.Time - p.Time); !p.Header && began.Before(t.epoch) {
		t.epoch = began // packets arrive late, never early
	}
	return t.mux.add(p)
}

// begins tells whether a part begins with this packet.
func (t *tape) begins(p *media.Packet) bool {
	sound := p.Kind == media.Audio && !p.Header && p.Time-t.video > gone
	switch {
	case !p.Keyframe && !sound:
		return false
	case t.mux == nil || t.changed || p.Keyframe && t.first.Kind == media.Audio:
		return true
	}
	s := &t.r.conf.Settings
	return s.SplitEvery > 0 && p.Time-t.first.Time >= s.SplitEvery || s.SplitBytes > 0 && t.size() >= s.SplitBytes
}

func (t *tape) size() int64 {
	n := int64(t.out.Len())
	if t.part != nil {
		n += t.part.size
	}
	return n
}

// next ends the part, and begins another with this packet.
func (t *tape) next(p *media.Packet) (err error) {
	if err := t.end(); err != nil {
		return err
	}
	t.changed, t.blind, t.first, t.epoch = false, false, *p, p.Arrived
	if t.r.conf.Format == FLV {
		t.mux, err = newFLV(&t.out, &t.heads, p.Time)
	} else {
		t.mux, err = newMP4(&t.out, &t.heads, p)
	}
	if err != nil {
		t.mux = nil
		return fmt.Errorf("record as %s: %w", t.r.conf.Format, err)
	}
	return nil
}

// write hands what is whole to the kernel. The first of it makes the file.
func (t *tape) write() error {
	if t.out.Len() == 0 {
		return nil
	}
	if t.part == nil {
		t.r.prune()
		p, err := t.dir.create(Part{
			Stream: t.r.conf.Stream, Date: t.show, Format: t.r.conf.Format, Codecs: t.mux.codecs(),
			Started: t.epoch.UTC(), MediaStart: t.first.Time.Milliseconds(),
		})
		if err != nil {
			return err
		}
		t.part = p
		t.r.conf.Logger.Info("recording", "file", p.data())
		t.begun()
	}
	t.r.writing.Store(time.Now().UnixNano())
	n, err := t.part.write(t.out.Bytes())
	t.r.writing.Store(0)
	t.out.Reset()
	t.r.conf.Metrics.written.WithLabelValues(t.r.conf.Stream).Add(float64(n))
	t.r.active(t.part)
	return err
}

// end closes the part, if there is one, with all that is left.
func (t *tape) end() error {
	if t.mux == nil {
		return nil
	}
	err := t.mux.flush()
	if err == nil {
		err = t.write()
	}
	t.mux = nil
	t.abandon()
	return err
}

// abandon closes the part as it is, beside what goes on.
func (t *tape) abandon() {
	p := t.part
	if p == nil {
		return
	}
	t.part = nil
	p.Started = t.epoch.UTC()
	t.r.active(nil)
	t.leave(p)
}
