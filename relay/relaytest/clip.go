package relaytest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// Source gives what an Encoder plays, in order; io.EOF is its end. A
// *flv.Reader is one.
type Source interface {
	Next() (flv.Tag, error)
}

// Clip is an FLV file in memory. It is immutable: any number of encoders may
// play it at once.
type Clip struct {
	tags []flv.Tag
}

// ReadClip reads an FLV file to its end.
func ReadClip(r io.Reader) (*Clip, error) { return clipOf(flv.NewReader(r)) }

func clipOf(s Source) (*Clip, error) {
	c := &Clip{}
	for {
		t, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read clip: %w", err)
		}
		c.tags = append(c.tags, t)
	}
	if len(c.tags) == 0 {
		return nil, errors.New("read clip: there is nothing in it")
	}
	return c, nil
}

// Tags returns the clip's tags. Do not change their bodies.
func (c *Clip) Tags() []flv.Tag { return slices.Clone(c.tags) }

// Duration is from the first tag to the end of the last frame, which is taken
// to last as long as the one before it.
func (c *Clip) Duration() time.Duration {
	return time.Duration(c.milliseconds()) * time.Millisecond
}

func (c *Clip) milliseconds() (length uint32) {
	last, step := map[media.Kind]uint32{}, map[media.Kind]uint32{}
	for _, t := range c.tags {
		at := t.Time - c.tags[0].Time
		if d := at - last[t.Kind]; d > 0 {
			last[t.Kind], step[t.Kind] = at, d
		}
		length = max(length, at+step[t.Kind])
	}
	return length
}

// Source plays the clip once.
func (c *Clip) Source() Source { return &player{clip: c} }

// Loop plays the clip again and again, with timestamps that go on. Metadata and
// sequence headers are sent once, as from an encoder that never stops.
func (c *Clip) Loop() Source { return &player{clip: c, length: c.milliseconds(), loop: true} }

// From is the clip from its first keyframe at or after d on, counted from its
// first tag, with the metadata and headers then in force before it. It is nil
// if there is no such keyframe.
func (c *Clip) From(d time.Duration) *Clip {
	var heads []flv.Tag
	for i, t := range c.tags {
		p := describe(t)
		at := time.Duration(t.Time-c.tags[0].Time) * time.Millisecond
		if p.Keyframe && at >= d {
			for h := range heads {
				heads[h].Time = t.Time
			}
			return &Clip{tags: append(heads, c.tags[i:]...)}
		}
		if p.Header {
			heads = slices.DeleteFunc(heads, func(h flv.Tag) bool { return h.Kind == t.Kind })
			heads = append(heads, t)
		}
	}
	return nil
}

// player is a Source from a clip.
type player struct {
	clip   *Clip
	loop   bool
	length uint32 // ms
	next   int
	shift  uint32 // ms, of this round
}

func (p *player) Next() (flv.Tag, error) {
	for {
		if p.next == len(p.clip.tags) {
			if !p.loop || p.length == 0 {
				return flv.Tag{}, io.EOF
			}
			p.next, p.shift = 0, p.shift+p.length
		}
		t := p.clip.tags[p.next]
		p.next++
		// ffmpeg puts an end of sequence at the end of files.
		if d := describe(t); p.loop && (d.End || p.shift > 0 && !d.frame()) {
			continue
		}
		t.Time += p.shift
		return t, nil
	}
}

func describe(t flv.Tag) Payload {
	return NewPayload(rtmp.Message{Type: uint8(t.Kind), Time: t.Time, Body: t.Body})
}
