package relay

import (
	"context"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// feed shows a stream to its destinations.
type feed struct{ stream *stream.Stream }

func (f feed) Live(ctx context.Context) (destination.Broadcast, error) {
	b, err := f.stream.Live(ctx)
	if err != nil {
		return nil, err
	}
	return broadcast{b}, nil
}

type broadcast struct{ *stream.Broadcast }

func (b broadcast) Open(l destination.Limits) destination.Source {
	return b.Cursor(stream.CursorConfig{MaxBytes: l.QueueBytes, MaxLag: l.QueueTime, Delay: l.Delay})
}

// FourCCs lists the enhanced RTMP codecs of the headers in force, for servers
// that want to know them before the first frame.
func (b broadcast) FourCCs() []string {
	var out []string
	for _, h := range b.Headers() {
		inspect := media.InspectVideo
		switch h.Kind {
		case media.Audio:
			inspect = media.InspectAudio
		case media.Data:
			continue
		}
		if tag, err := inspect(h.Body); err == nil && tag.FourCC != "" {
			out = append(out, tag.FourCC)
		}
	}
	return out
}

// Stream is a stream for those who show it in other ways than by destinations;
// nil when none of that name is configured. One that is taken out of the
// configuration, and put in again, is another stream.
func (r *Relay) Stream(name string) *stream.Stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.channels[name]; c != nil {
		return c.stream
	}
	return nil
}
