package relay

import (
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// What can be fed depends on what has come; the state says what is, and why not
// more.
func TestSlateTellsWhatItCannotFeed(t *testing.T) {
	var (
		videoHeader = []byte{0x17, 0, 0, 0, 0, 1}
		keyframe    = []byte{0x17, 1, 0, 0, 0, 0}
		aac         = []byte{0xAF, 0, 0x11, 0x90}
		heAAC       = []byte{0xAF, 0, 0x2b, 0x11, 0x88, 0x00}
		sound       = []byte{0xAF, 1, 0}
	)
	tests := map[string]struct {
		video, audio [][]byte
		feed, note   string
	}{
		"H.264 and AAC-LC":       {[][]byte{videoHeader, keyframe}, [][]byte{aac, sound}, "picture and silence", ""},
		"H.264 alone":            {[][]byte{videoHeader, keyframe}, nil, "picture", ""},
		"HE-AAC":                 {[][]byte{videoHeader, keyframe}, [][]byte{heAAC, sound}, "picture", "no silent frame is known of AAC HE-AAC"},
		"MP3":                    {[][]byte{videoHeader, keyframe}, [][]byte{{0x2F, 0xFF, 0xFB}}, "picture", "no silent frame of this audio"},
		"a header came after it": {[][]byte{videoHeader, keyframe, {0x17, 0, 0, 0, 0, 2}}, [][]byte{aac}, "silence", "no keyframe"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newTestChannel(t, time.Minute)
			e := mustPublish(t, c)
			for _, b := range tt.audio {
				_ = e.Write(media.Audio, 0, b)
			}
			for _, b := range tt.video {
				_ = e.Write(media.Video, 0, b)
			}
			e.Close(false)
			h := c.status().Hold
			if h == nil || h.Feed != tt.feed || !strings.Contains(h.Note, tt.note) || (tt.note == "") != (h.Note == "") {
				t.Errorf("the hold is %+v, want %q with %q", h, tt.feed, tt.note)
			}
		})
	}
}

// A day of silence ends where it should: cadences of fractions of a millisecond
// do not add up to a drift.
func TestSlateDoesNotDrift(t *testing.T) {
	l := &slate{picture: []byte{1}, sound: media.Silence{Body: []byte{1}, Samples: 1024, Rate: 44100}}
	tracks := l.tracks()
	tracks[0].sent, tracks[1].sent = 24*3600-1, 24*3600*44100/1024-1
	for i, tr := range tracks {
		if d := (tr.due() - 24*time.Hour).Abs(); d > 25*time.Millisecond {
			t.Errorf("track %d is %v off after a day", i, d)
		}
	}
}
