package record

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/media/fmp4"
)

// reel is an FLV file as the MP4 file that could be made of it, for browsers. It
// knows where each fragment of that would be, and of which tags it would be; the
// media stay where they are. Of a file that is being written there is more each
// time.
type reel struct {
	video, audio *fmp4.Track // of the file's first headers; nil for none
	heads        heads
	gather       gather // what comes into the next fragment
	at           int64  // where the tags go on

	mu   sync.Mutex // guards seen
	seen sight
}

// sight is what there is of a reel.
type sight struct {
	head   []byte // what is before the fragments
	plan   *fmp4.Extent
	strips []strip
	size   int64 // in bytes
	done   bool  // there will not be more
}

// strip is a stretch of tags that becomes one fragment.
type strip struct {
	mark
	to           int64         // where its tags end
	end          time.Duration // of its last picture
	offset, size int64         // in the MP4 file
}

func newReel() *reel {
	r := &reel{at: flv.FirstTag, heads: heads{keyframe: never}}
	r.gather.now.picture = never
	return r
}

// look is what there is of the reel now.
func (r *reel) look() sight {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// grow reads on to the end of a file of some size, of which there will be no more
// if it is complete. After an error, such as ctx's, it may be called again, and
// goes on. It is for one caller at a time.
func (r *reel) grow(ctx context.Context, file io.ReaderAt, size int64, complete bool) error {
	if r.look().done {
		return nil
	}
	in := reading(ctx, file)
	for {
		place, ok, err := flv.At(in, r.at, size)
		if err == nil && ok {
			err = r.take(in, place)
		}
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		r.at = place.End
	}
	switch {
	case !r.begun():
		return fmt.Errorf("%w: nothing of it can be played yet", ErrNotFound)
	case complete:
		r.finish()
	}
	return nil
}

func (r *reel) begun() bool { return r.video != nil || r.audio != nil }

// take takes the tag at r.at.
func (r *reel) take(in io.ReaderAt, place flv.Place) error {
	t, err := inspectTag(in, place)
	if err != nil {
		return err
	}
	if t.Header {
		r.heads.note(&media.Packet{Kind: t.kind, Body: t.body})
	}
	if !r.begun() {
		if !t.frame() || t.kind == media.Video && !t.Keyframe {
			return nil
		}
		if err := r.begin(in, t); err != nil {
			return err
		}
	}
	if r.gather.ends(t) {
		r.cut(r.gather.due(t))
	}
	r.gather.take(r, t)
	return nil
}

// begin makes the header, at the first picture or sound. A file that begins with
// sound has no pictures.
func (r *reel) begin(in io.ReaderAt, first tag) (err error) {
	var video, audio *fmp4.Track
	if first.kind == media.Video {
		payload := make([]byte, first.place.size)
		if _, err := in.ReadAt(payload, first.place.at); err != nil {
			return err
		}
		head := r.heads.find(media.Video)
		if head == nil {
			return fmt.Errorf("%w: its video (%s) has no header", fmp4.ErrUnsupported, first.Codec)
		}
		if video, err = fmp4.VideoTrack(head, payload); err != nil {
			return err
		}
	}
	if head := r.heads.find(media.Audio); head != nil {
		if audio, err = fmp4.AudioTrack(head); err != nil {
			return err
		}
		r.gather.now.clock = fmp4.NewAudioClock(audio)
	}
	if video == nil && audio == nil {
		return fmp4.UnsupportedAudio(first.Codec)
	}
	head, err := fmp4.Header(video, audio)
	if err != nil {
		return err
	}
	r.video, r.audio = video, audio
	r.gather.now.from = r.at
	r.gather.start = r.gather.now
	plan := fmp4.Plan(video, audio, int64(len(head)), indexSpace)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = sight{head: append(head, fmp4.Space(indexSpace)...), plan: plan, size: plan.Whole}
	return nil
}

// cut makes a strip of what there is, of which the last picture ends then.
func (r *reel) cut(end time.Duration) {
	g := &r.gather
	size := int64(len(g.fragment(0, end, nothing))) + g.bytes
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := &r.seen
	if size > 0 {
		seen.strips = append(seen.strips, strip{mark: g.start, to: r.at, end: end, offset: seen.plan.Whole, size: size})
		seen.plan.Add(size, g.begins(), g.key(r))
		seen.size = seen.plan.Whole
	}
	g.now.from = r.at
	*g = gather{start: g.now, now: g.now}
}

// finish makes a strip of all that is left, and the index.
func (r *reel) finish() {
	end := r.gather.end()
	r.cut(end)
	if r.audio != nil {
		end = max(end, r.gather.now.clock.End())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.plan.End = end
	if index, at := r.seen.plan.Index(); index != nil {
		r.seen.head = append(r.seen.head[:at:at], index...)
	}
	r.seen.done = true
}
