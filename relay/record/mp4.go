package record

import (
	"bytes"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/fmp4"
)

const (
	// fragmentLength is how much of a show is in a fragment, which is written
	// when it is whole.
	fragmentLength = 400 * time.Millisecond
	// lone is how much sound is waited with for the next picture.
	lone = 2 * fragmentLength
	// early is how long before the first picture the sound may be due that is put
	// at its side: what came with it.
	early = 40 * time.Millisecond
	// indexSpace has room for more than 2,000 groups of pictures; of more, some
	// share an entry.
	indexSpace = 32 << 10
	// usual is how long a picture is that nothing is known of.
	usual = time.Second / 30
)

// mp4Muxer makes fragments. Times are the file's, which begins at 0.
type mp4Muxer struct {
	out          *bytes.Buffer
	base         time.Duration
	video, audio *fmp4.Track // nil for none
	deaf         bool        // the sound is no longer that of the header
	clock        fmp4.AudioClock
	sequence     uint32 // of fragments made

	start   time.Duration // of the fragment
	frames  []fmp4.Frame
	pending *fmp4.Frame // whose length the next one tells
	length  time.Duration
	sounds  []fmp4.Sound
}

// newMP4 begins a file with the headers in force. first is the keyframe at which
// it begins; or sound, and then there are no pictures in it.
func newMP4(out *bytes.Buffer, h *heads, first *media.Packet) (*mp4Muxer, error) {
	m := &mp4Muxer{out: out, base: first.Time, length: usual}
	if first.Kind == media.Video {
		tag, err := media.InspectVideo(first.Body)
		if err != nil {
			return nil, err
		}
		head := h.find(media.Video)
		if head == nil {
			return nil, fmt.Errorf("%w: its video (%s) has no header", fmp4.ErrUnsupported, tag.Codec)
		}
		if m.video, err = fmp4.VideoTrack(head, tag.Payload); err != nil {
			return nil, err
		}
	}
	if head := h.find(media.Audio); head != nil {
		return m, m.hear(head)
	}
	return m, nil
}

func (m *mp4Muxer) hear(head []byte) (err error) {
	if m.audio, err = fmp4.AudioTrack(head); err == nil {
		m.clock = fmp4.NewAudioClock(m.audio)
	}
	return err
}

// late takes an audio header that came after the first keyframe, while there is
// time for it.
func (m *mp4Muxer) late(p *media.Packet) (taken bool, err error) {
	if p.Kind != media.Audio || m.audio != nil || m.sequence > 0 || inspect(p).Track != 0 {
		return false, nil
	}
	return true, m.hear(p.Body)
}

func (m *mp4Muxer) add(p *media.Packet) error {
	tag := inspect(p)
	if tag.Header && tag.Track == 0 && p.Kind == media.Audio && m.audio != nil {
		m.deaf = !bytes.Equal(p.Body, m.audio.Header)
	}
	if tag.Header || tag.End || tag.Track != 0 || len(tag.Payload) == 0 {
		return nil
	}
	at := p.Time + tag.TimestampOffset - m.base
	switch {
	case p.Kind == media.Audio && tag.Codec != media.AAC && tag.Codec != media.Opus:
		return fmp4.UnsupportedAudio(tag.Codec)
	case p.Kind == media.Video && m.video != nil:
		return m.picture(fmp4.Frame{DTS: max(0, at), Composition: tag.CompositionTime, Key: tag.Keyframe, Payload: tag.Payload})
	case p.Kind == media.Audio && m.audio != nil && !m.deaf && at > -early:
		return m.sound(max(0, at), tag.Payload)
	}
	return nil
}

func (m *mp4Muxer) picture(f fmp4.Frame) (err error) {
	if last := m.pending; last != nil {
		if f.DTS <= last.DTS { // a track cannot go back: it is shown when it should be
			shift := last.DTS + time.Millisecond - f.DTS
			f.DTS, f.Composition = f.DTS+shift, f.Composition-shift
		}
		m.complete(f.DTS)
		if f.Key || f.DTS-m.start >= fragmentLength {
			err = m.cut(f.DTS)
		}
	}
	m.pending = &f
	return err
}

// complete gives the pending picture its length.
func (m *mp4Muxer) complete(end time.Duration) {
	m.pending.Length = end - m.pending.DTS
	m.length = m.pending.Length
	m.frames = append(m.frames, *m.pending)
	m.pending = nil
}

func (m *mp4Muxer) sound(at time.Duration, payload []byte) error {
	n := m.audio.Samples(payload)
	if n == 0 {
		return nil
	}
	begins, ok := m.clock.At(at, n)
	if !ok {
		return nil
	}
	m.sounds = append(m.sounds, fmp4.Sound{At: begins, Samples: n, Payload: payload})
	limit := lone
	if m.video == nil {
		limit = fragmentLength
	}
	if end := m.clock.End(); end-m.start >= limit {
		return m.cut(end)
	}
	return nil
}

// cut makes a fragment of the pictures so far, with the sound that begins before
// end.
func (m *mp4Muxer) cut(end time.Duration) error {
	n := 0
	for n < len(m.sounds) && m.clock.Time(m.sounds[n].At) < end {
		n++
	}
	if m.sequence == 0 {
		header, err := fmp4.Header(m.video, m.audio)
		if err != nil {
			return err
		}
		m.out.Write(header)
		m.out.Write(fmp4.Space(indexSpace))
	}
	m.sequence++
	m.out.Write(fmp4.Fragment(m.sequence, m.frames, m.sounds[:n]))
	m.frames, m.sounds = nil, append([]fmp4.Sound(nil), m.sounds[n:]...)
	m.start = end
	return nil
}

// flush makes a fragment of all that is left.
func (m *mp4Muxer) flush() error {
	end := m.start
	if m.pending != nil {
		end = m.pending.DTS + m.length
		m.complete(end)
	}
	if m.audio != nil {
		end = max(end, m.clock.End())
	}
	if len(m.frames) == 0 && len(m.sounds) == 0 {
		return nil
	}
	return m.cut(end)
}

func (m *mp4Muxer) codecs() string { return fmp4.Codecs(m.video, m.audio) }
