package playback_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
)

var (
	opusHead = []byte("\x90OpusOpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00")
	flacHead = []byte("\x90fLaCfLaC\x00\x00\x00\x22" + strings.Repeat("\x10", 34))
	hevcHead = func() []byte {
		h := relaytest.Synthetic{FourCC: "hvc1"}.Source()
		for {
			if tag, err := h.Next(); err != nil || isHeader(tag, media.Video) {
				return tag.Body
			}
		}
	}()
)

// TestCodecsChangeUnderWay has an encoder go over to another codec, with a header
// or without: in a track are only samples of the codec that its header names, and
// the other track goes on.
func TestCodecsChangeUnderWay(t *testing.T) {
	const change, named = 5000, 9000 // ms
	const changed, toldAt, end = 4900 * time.Millisecond, 8900 * time.Millisecond, 13900 * time.Millisecond
	frames := func(kind media.Kind, prefix string, header []byte) relaytest.Source {
		told := false
		return &edited{Source: lively.Source(), edit: func(tag flv.Tag) []flv.Tag {
			payload, _ := frameOf(tag)
			if tag.Kind != kind || tag.Time < change || payload == nil {
				return []flv.Tag{tag}
			}
			head := []byte(prefix)
			if isKeyframe(tag) {
				head[0] -= 0x10 // of frame type 1
			}
			other := flv.Tag{Kind: kind, Time: tag.Time, Body: append(head, payload...)}
			if told || header == nil || tag.Time < named {
				return []flv.Tag{other}
			}
			told = true
			return []flv.Tag{{Kind: kind, Time: tag.Time, Body: header}, other}
		}}
	}
	tests := map[string]struct {
		source           relaytest.Source
		headers          int
		pictures, sounds time.Duration // when the last of them is, at least
		reason           string
	}{
		"to Opus, never with a header":      {frames(media.Audio, "\x91Opus\xfc", nil), 2, end, changed, "its audio is Opus, without a header of that"},
		"to Opus, with a header later":      {frames(media.Audio, "\x91Opus\xfc", opusHead), 3, end, end, "its audio is Opus, without a header of that"},
		"to Opus of RTMP servers":           {frames(media.Audio, "\xd2\xfc", nil), 2, end, changed, "its audio is Opus, without a header of that"},
		"to MP3":                            {frames(media.Audio, "\x2f", nil), 2, end, changed, "its audio is MP3; AAC or Opus is needed"},
		"to G.711":                          {frames(media.Audio, "\x72", nil), 2, end, changed, "its audio is G.711; AAC or Opus is needed"},
		"to MP3 of enhanced RTMP":           {frames(media.Audio, "\x91.mp3", nil), 2, end, changed, "its audio is MP3; AAC or Opus is needed"},
		"to FLAC, with a header later":      {frames(media.Audio, "\x91fLaC", flacHead), 2, end, changed, "its audio is FLAC; AAC or Opus is needed"},
		"to AAC with a header nobody reads": {frames(media.Audio, "\xaf\x01", []byte("\xaf\x00\xff")), 2, end, toldAt, "the AAC header cannot be read"},
		"to MP3 of a track":                 {frames(media.Audio, "\x95\x01.mp3\x00", nil), 2, end, changed, "its audio is MP3; AAC or Opus is needed"},
		"to HEVC, never with a header":      {frames(media.Video, "\xa1hvc1\x00\x00\x00", nil), 2, changed, end, "its video is HEVC, without a header of that"},
		"to HEVC, with a header later":      {frames(media.Video, "\xa1hvc1\x00\x00\x00", hevcHead), 3, end, end, "its video is HEVC, without a header of that"},
		"to HEVC of old encoders":           {frames(media.Video, "\x2c\x01\x00\x00\x00", nil), 2, changed, end, "its video is HEVC, without a header of that"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				g := raise(t, func(c *playback.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				defer g.stop()
				kept := &recorded{Source: &until{test.source, 14 * time.Second}}
				g.encoders.Go(func() {
					_ = run(g.out, kept)
					g.stream.End()
				})
				time.Sleep(1500 * time.Millisecond)
				v := g.view()
				f := follow(g)
				f.all()
				<-v.done
				samples, headers := unwrap(t, v.bytes())
				if len(headers) != test.headers || f.breaks != test.headers-1 {
					t.Errorf("%d headers and %d discontinuities, want %d and one fewer", len(headers), f.breaks, test.headers)
				}
				last := checkCodecs(t, samples, headers, kept.tags)
				if last[media.Video] < test.pictures || last[media.Audio] < test.sounds {
					t.Errorf("the last picture is at %v, the last sound at %v; want %v and %v", last[media.Video], last[media.Audio], test.pictures, test.sounds)
				}
				g.stop()
				if n := strings.Count(log.String(), test.reason); n != 1 {
					t.Errorf("the log says %d times, want once, %q:\n%s", n, test.reason, log.String())
				}
			})
		})
	}
}

// checkCodecs wants each sample to have been sent in the codec that the header
// before it names. It returns when the last of each kind is.
func checkCodecs(t *testing.T, samples []sample, headers []fmp4.Init, sent []flv.Tag) map[media.Kind]time.Duration {
	t.Helper()
	coded := map[string]media.Codec{}
	for _, tag := range sent {
		if payload, _ := frameOf(tag); payload != nil {
			inspect := media.InspectVideo
			if tag.Kind == media.Audio {
				inspect = media.InspectAudio
			}
			m, err := inspect(tag.Body)
			must(t, err)
			coded[string(payload)] = m.Codec
		}
	}
	last := map[media.Kind]time.Duration{}
	for _, s := range samples {
		last[s.kind] = s.dts
		for _, track := range headers[s.header-1].Tracks {
			var want media.Codec
			switch track.Codec.(type) {
			case *codecs.MPEG4Audio:
				want = media.AAC
			case *codecs.Opus:
				want = media.Opus
			case *codecs.H264:
				want = media.H264
			case *codecs.H265:
				want = media.HEVC
			}
			if got := coded[string(s.payload)]; track.Codec.IsVideo() == (s.kind == media.Video) && got != want {
				t.Fatalf("%v is of %q in a track of %s", s, got, want)
			}
		}
	}
	return last
}
