package playback

import (
	"bytes"
	"fmt"
	"log/slog"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/fmp4"
)

// patience is for how long a picture that nothing follows is waited with, while
// audio goes on: beyond the second after which a slate repeats its picture. With
// slow streams it is three of their frames.
const patience = 1500 * time.Millisecond

// packager makes spans of packets. It keeps the newest picture until it knows
// how long that lasts.
type packager struct {
	cut  *cutter
	wall *wallClock

	heads        [2]head       // newest video and audio header that came
	changed      bool          // they are not those in force
	video, audio *fmp4.Track   // in force; nil for none
	headers      int           // made so far
	first        time.Duration // when the first came in force
	logger       *slog.Logger
	leftOut      string // why a track is, as it was logged

	waiting  bool          // for a keyframe; nothing is passed on until it comes
	since    time.Duration // when that began
	pending  *frame
	sounds   []sound // that begin after what has been cut
	clock    fmp4.AudioClock
	position time.Duration // up to which has been cut
	shown    time.Duration // end of the newest picture that was passed on
	newest   time.Duration // end of the newest sample of either track
	sounded  time.Duration // when there was sound, or was to be some
	interval time.Duration // of the newest frames
	last     bool          // what is passed on is followed by nothing
	lost     bool          // packets before the next one
	began    bool          // newest is something
}

// head is a sequence header as it came.
type head struct {
	body  []byte
	codec media.Codec
}

func newPackager(s *shelf, conf *Config) *packager {
	wall := &wallClock{}
	return &packager{wall: wall, logger: conf.Logger, cut: &cutter{
		shelf: s, wall: wall, timing: s.timing, timeline: conf.Timeline,
		made: conf.Metrics.fragments.WithLabelValues(conf.Stream).Inc,
	}}
}

// finish passes on what is left.
func (p *packager) finish() {
	p.flush(0)
	p.cut.cut()
}

// take takes the next packet. The error says why the stream cannot be shown.
func (p *packager) take(packet *media.Packet) error {
	if packet.First {
		p.wall.renew()
	}
	switch packet.Kind {
	case media.Video:
		return p.takeVideo(packet)
	case media.Audio:
		return p.takeAudio(packet)
	}
	return nil
}

func (p *packager) takeVideo(packet *media.Packet) error {
	tag, err := media.InspectVideo(packet.Body)
	if err != nil || tag.Track != 0 {
		return nil // what is no picture for us, others may know
	}
	at := packet.Time + tag.TimestampOffset
	switch {
	case tag.Header:
		p.noteHeader(0, head{packet.Body, tag.Codec})
		return nil
	case tag.End || tag.Codec == "" || len(tag.Payload) == 0:
		return nil
	case p.heads[0].body == nil:
		return fmt.Errorf("%w: its video (%s) has no header", ErrUnsupported, tag.Codec)
	case tag.Codec != p.heads[0].codec:
		p.leaveOut(fmt.Errorf("its video is %s, without a header of that", tag.Codec))
		return nil
	}
	p.wall.observe(packet.Time, packet.Arrived)
	p.mind(at)
	if tag.Keyframe && (p.changed || p.video == nil || p.audio != nil && p.silent(at)) {
		if err := p.configure(p.heads[0].body, tag.Payload, at); err != nil {
			return err
		}
	}
	if p.video == nil || p.waiting && !tag.Keyframe || !bytes.Equal(p.video.Header, p.heads[0].body) {
		return nil
	}
	p.picture(&frame{dts: at, composition: tag.CompositionTime, key: tag.Keyframe, payload: tag.Payload})
	return nil
}

func (p *packager) takeAudio(packet *media.Packet) error {
	tag, err := media.InspectAudio(packet.Body)
	if err != nil || tag.Track != 0 {
		return nil
	}
	at := packet.Time + tag.TimestampOffset
	switch {
	case tag.Header:
		p.noteHeader(1, head{packet.Body, tag.Codec})
		return nil
	case tag.End || len(tag.Payload) == 0:
		return nil
	case tag.Codec == p.heads[1].codec:
	case tag.Codec == media.AAC || tag.Codec == media.Opus:
		if p.heads[1].body != nil {
			p.leaveOut(fmt.Errorf("its audio is %s, without a header of that", tag.Codec))
		}
		return nil // its header may still come
	default:
		return p.mute(fmp4.UnsupportedAudio(tag.Codec), at, p.video != nil)
	}
	p.wall.observe(packet.Time, packet.Arrived)
	p.mind(at)
	p.sounded, p.changed = max(p.sounded, at), p.changed || p.audio == nil
	if p.alone(at) && (p.changed || p.waiting || p.cut.header == nil) {
		if err := p.configure(nil, nil, at); err != nil {
			return err
		}
	}
	if p.audio == nil || p.waiting || !bytes.Equal(p.audio.Header, p.heads[1].body) {
		return nil
	}
	return p.sound(at, tag.Payload)
}

// alone tells whether there is, or it is time to think that there is, nothing
// but audio.
func (p *packager) alone(at time.Duration) bool {
	switch {
	case p.waiting:
		return at-p.since > 2*p.patience()
	case p.cut.header != nil:
		return p.video == nil
	}
	return p.heads[0].body == nil
}

// noteHeader remembers a header. What is repeated changes nothing.
func (p *packager) noteHeader(kind int, h head) {
	if !bytes.Equal(p.heads[kind].body, h.body) {
		p.heads[kind], p.changed = h, true
	}
}

// mute leaves out sound that cannot be shown. The error is returned where there
// is no picture either, or the session has only begun: who asks for it is better
// told why it would be silent.
func (p *packager) mute(err error, at time.Duration, pictures bool) error {
	if h := p.cut.header; !pictures || h == nil || h.audio == nil && p.headers == 1 && at-p.first < p.patience() {
		return err
	}
	p.leaveOut(err)
	return nil
}

// leaveOut says why a track is not shown, once.
func (p *packager) leaveOut(err error) {
	if text := err.Error(); text != p.leftOut {
		p.leftOut = text
		p.logger.Warn("a track of a stream is not shown", "err", err)
	}
}

// configure puts the headers that came in force, from a sample at that time on.
func (p *packager) configure(videoHead, keyframe []byte, at time.Duration) (err error) {
	var video, audio *fmp4.Track
	if videoHead != nil {
		if video, err = fmp4.VideoTrack(videoHead, keyframe); err != nil {
			return err
		}
	}
	if !p.began {
		p.sounded, p.first = at, at
	}
	if p.heads[1].body != nil && !p.silent(at) {
		if audio, err = fmp4.AudioTrack(p.heads[1].body); err != nil {
			if err = p.mute(err, at, video != nil); err != nil {
				return err
			}
		}
	}
	p.changed, p.waiting = false, false
	if h := p.cut.header; h != nil && sameTrack(h.video, video) && sameTrack(h.audio, audio) {
		return nil
	}
	h, err := newHeader(p.headers, video, audio)
	if err != nil {
		return err
	}
	p.headers++
	p.flush(at)
	p.video, p.audio = video, audio
	if audio != nil {
		p.clock = p.clock.For(audio)
	}
	p.position, p.newest, p.began = at, at, true
	p.cut.begin(h)
	return nil
}

func sameTrack(a, b *fmp4.Track) bool {
	return a == nil && b == nil || a != nil && b != nil && bytes.Equal(a.Header, b.Header)
}

// silent tells whether there has been no sound for so long that players are not to
// wait for any. The next keyframe after some brings its track back.
func (p *packager) silent(at time.Duration) bool { return at-p.sounded > p.patience() }

func (p *packager) patience() time.Duration { return max(patience, 3*p.cut.timing.interval) }

// mind looks for a gap before a sample at that time, in which there was nothing,
// or nothing that has been taken.
func (p *packager) mind(at time.Duration) {
	if p.began && !p.waiting && (p.lost || at-p.newest > p.patience()) {
		p.breakOff(at)
	}
	p.lost = false
	p.newest = max(p.newest, at)
}

// breakOff makes a discontinuity, after which what comes at a time is the next.
// If there is video it begins with a keyframe.
func (p *packager) breakOff(at time.Duration) {
	p.flush(0)
	p.cut.cut()
	p.clock.Restart()
	p.position, p.newest, p.sounded = at, at, at
	p.waiting, p.since = p.video != nil, at
}
