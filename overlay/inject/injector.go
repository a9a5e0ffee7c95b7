package inject

import (
	"context"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Source is where the packets of one connection come from: that of
// relay/destination.
type Source interface {
	// Next blocks until it can fill batch with at least one packet.
	Next(ctx context.Context, batch []media.Packet) (int, error)
	// Poll is Next without the waiting. A batch that is not full says that there
	// is no more just now; what says that there will be no more may come with the
	// last packets.
	Poll(batch []media.Packet) (int, error)
	Lag() time.Duration
	Dropped() uint64
	Close() error
}

// Formats are the forms in which a destination takes cues.
type Formats struct {
	// AMF is onCuePoint and onTextData.
	AMF bool
	// SEI is user_data_unregistered, in H.264 and HEVC.
	SEI bool
}

// Injector is what one destination wants. Two are equal if they do the same.
type Injector struct {
	// Track is the stream's. It is required.
	Track   *Track
	Formats Formats
	// Stream and Destination are labels of Metrics, which may be nil.
	Stream, Destination string
	Metrics             *Metrics
}

// Open returns a source for one connection that reads src with the cues in it;
// without formats that is src itself. Its methods are called as those of src
// would be.
func (i Injector) Open(src Source) Source {
	if i.Formats == (Formats{}) {
		return src
	}
	return &connection{source: src, track: i.Track, amf: i.lane(i.Formats.AMF, "amf"), sei: i.lane(i.Formats.SEI, "sei")}
}

func (i Injector) lane(wanted bool, format string) lane {
	if !wanted {
		return lane{calm: never}
	}
	return lane{wanted: true, calm: always, figures: i.Metrics.of(i.Stream, i.Destination, format)}
}
