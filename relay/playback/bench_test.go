package playback_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// BenchmarkPackage is one packet of a stream of 4 Mb/s made ready for viewers:
// there are 77 a second.
func BenchmarkPackage(b *testing.B) {
	clip, err := relaytest.Synthetic{VideoBitrate: 4_000_000, Duration: 8 * time.Second}.Clip()
	must(b, err)
	source, take := clip.Loop(), playback.Packaging()
	arrived := time.Unix(1_000_000, 0)
	var bytes int64
	b.ReportAllocs()
	for b.Loop() {
		tag, err := source.Next()
		must(b, err)
		at := time.Duration(tag.Time) * time.Millisecond
		packet := media.Packet{Kind: tag.Kind, Time: at, Arrived: arrived.Add(at), Body: tag.Body, Keyframe: isKeyframe(tag)}
		must(b, take(&packet))
		bytes += int64(len(tag.Body))
	}
	b.SetBytes(bytes / int64(b.N))
}

// BenchmarkServe is one answer to one viewer, without the network: the playlist,
// which is made once for all, and a part.
func BenchmarkServe(b *testing.B) {
	g := raise(b)
	must(b, run(g.out, &until{relaytest.Synthetic{VideoBitrate: 4_000_000}.Source(), 3 * time.Second}))
	folder := g.session()
	for _, file := range []string{"stream.m3u8", "part-3.m4s"} {
		b.Run(fmt.Sprintf("file=%s", file), func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, folder+file, nil)
			b.ReportAllocs()
			for b.Loop() {
				w := nowhere{http.Header{}}
				g.ServeHTTP(w, r)
			}
		})
	}
}

// nowhere takes an answer and forgets it.
type nowhere struct{ head http.Header }

func (n nowhere) Header() http.Header         { return n.head }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}
func (n nowhere) Flush()                      {}
