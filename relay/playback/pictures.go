package playback

import (
	"time"
)

// picture takes a picture, and passes on the one before, whose length is known
// now.
func (p *packager) picture(f *frame) {
	if last := p.pending; last != nil && f.dts-last.dts > p.patience() {
		p.breakOff(f.dts) // neither picture nor sound has come for so long
		if !f.key {
			return
		}
	}
	floor := p.shown
	if p.pending != nil {
		floor = p.pending.dts + time.Millisecond
	}
	if f.dts < floor { // a track cannot go back: the picture is shown when it should
		f.dts, f.composition = floor, f.composition-(floor-f.dts)
	}
	if p.pending == nil {
		p.position, p.waiting, p.pending = f.dts, false, f
		return
	}
	p.complete(f.dts)
	p.cut.foresee(p.interval, f.key)
	p.pending = f
}

// complete passes on the pending picture, which lasts until end.
func (p *packager) complete(end time.Duration) {
	f := p.pending
	p.pending = nil
	f.length = end - f.dts
	p.interval, p.shown = f.length, end
	step := p.cut.timing.part
	if f.length <= step || !f.key && !p.heard(end-step) {
		p.pass(f, end, p.last)
		return
	}
	// A long picture: parts of it have the audio of their time. A keyframe, such
	// as the slate's, is in each of them, so that a player may begin anywhere.
	for at := f.dts; at < end; {
		to := min(p.cut.boundary(at), end)
		piece := *f
		piece.dts = at
		show := &piece
		if f.key {
			piece.length = to - at
		} else if at > f.dts {
			show = nil
		}
		p.pass(show, to, p.last && to == end)
		at = to
	}
}

// heard tells whether there is audio up to a time.
func (p *packager) heard(until time.Duration) bool {
	n := len(p.sounds)
	return n > 0 && p.sounds[n-1].start >= until
}

// pass cuts what comes until end: a picture, or none, with the audio that begins
// by then, or all.
func (p *packager) pass(f *frame, end time.Duration, all bool) {
	n := 0
	for n < len(p.sounds) && (all || p.sounds[n].start < end) {
		n++
	}
	s := span{start: p.position, end: end, video: f, audio: p.sounds[:n:n]}
	if f != nil {
		s.key, s.segment = f.key, f.key
	}
	p.sounds = p.sounds[n:]
	p.position = end
	p.cut.add(s)
}

// sound takes a frame of audio.
func (p *packager) sound(at time.Duration, payload []byte) error {
	n := p.audio.Samples(payload)
	if n == 0 {
		return nil
	}
	begins, ok := p.clock.At(at, n)
	if !ok {
		return nil
	}
	p.sounds = append(p.sounds, sound{p.clock.Time(begins), begins, n, payload})
	end := p.clock.End()
	p.newest = max(p.newest, end)
	switch {
	case p.video == nil:
		p.passSound(end)
	case p.pending != nil && end-p.pending.dts > p.patience():
		// The pictures have ended and the sound has not: a player must not wait
		// for them.
		return p.configure(nil, nil, end)
	}
	return nil
}

// passSound cuts audio that is alone. Decoding can begin with any of it.
func (p *packager) passSound(end time.Duration) {
	length := end - p.position
	s := span{start: p.position, end: end, audio: p.sounds, key: true, segment: end-p.cut.segment.start > 2*time.Second}
	p.sounds, p.position = nil, end
	p.cut.add(s)
	p.cut.foresee(length, false)
}

// flush passes on all that is there. The pending picture lasts until end or, if
// that is far, as long as pictures do, unless sound goes on for longer than what
// can be added to it.
func (p *packager) flush(end time.Duration) {
	f := p.pending
	if f == nil {
		p.sounds = nil
		return
	}
	if end <= f.dts || end-f.dts > p.patience() {
		end = f.dts + p.usual()
		if n := len(p.sounds); n > 0 && p.sounds[n-1].start > end+p.cut.timing.part {
			end = p.sounds[n-1].start + time.Millisecond
		}
	}
	p.last = true
	p.complete(end)
	p.last = false
	p.sounds = nil
}

// usual is how long pictures are.
func (p *packager) usual() time.Duration {
	if p.interval > 0 {
		return p.interval
	}
	return p.cut.timing.interval
}
