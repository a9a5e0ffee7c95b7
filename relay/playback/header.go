package playback

import (
	"fmt"

	"github.com/hawker-live/hawker/relay/media/fmp4"
)

// ErrUnsupported is wrapped by the reason why a stream cannot be shown in a
// browser.
var ErrUnsupported = fmp4.ErrUnsupported

// header is what comes before the fragments of a set of tracks.
type header struct {
	number       int // within the session
	data         []byte
	video, audio *fmp4.Track // nil for none
}

func newHeader(number int, video, audio *fmp4.Track) (*header, error) {
	data, err := fmp4.Header(video, audio)
	return &header{number, data, video, audio}, err
}

// codecs is the value of CODECS and of the MIME parameter.
func (h *header) codecs() string { return fmp4.Codecs(h.video, h.audio) }

// contentType is that of the whole feed.
func (h *header) contentType() string {
	kind := "video/mp4"
	if h.video == nil {
		kind = "audio/mp4"
	}
	return fmt.Sprintf(`%s; codecs="%s"`, kind, h.codecs())
}
