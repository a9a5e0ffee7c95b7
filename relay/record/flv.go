package record

import (
	"bytes"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

// flvMuxer writes tags as they came.
type flvMuxer struct {
	out  *flv.Writer
	base time.Duration
	says string // the codecs
}

// newFLV begins a file with the headers in force.
func newFLV(out *bytes.Buffer, h *heads, base time.Duration) (*flvMuxer, error) {
	audio, video := h.find(media.Audio), h.find(media.Video)
	m := &flvMuxer{flv.NewWriter(out, audio != nil, video != nil || base == h.keyframe), base, h.codecs()}
	for i := range h.all {
		if err := m.out.Write(flv.Tag{Kind: h.all[i].Kind, Body: h.all[i].Body}); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *flvMuxer) add(p *media.Packet) error {
	at := max(0, p.Time-m.base)
	return m.out.Write(flv.Tag{Kind: p.Kind, Time: uint32(at / time.Millisecond), Body: p.Body})
}

// late is what add does: the tag stands where it came.
func (m *flvMuxer) late(*media.Packet) (bool, error) { return false, nil }

func (m *flvMuxer) flush() error { return nil }

func (m *flvMuxer) codecs() string { return m.says }
