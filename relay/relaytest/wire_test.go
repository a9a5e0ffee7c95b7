package relaytest

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestWireBytes looks at the bytes themselves: readers take some of these forms
// for each other. A body of 5 bytes goes out in chunks of 4.
func TestWireBytes(t *testing.T) {
	const early, late = 0x000102, 0x01020304
	for name, c := range map[string]struct {
		wire Wire
		time uint32
		want string
	}{
		"first":                   {Wire{}, early, "09 000102 000005 09 01000000 AABBCCDD C9 EE" + "49 000021 000005 09 AABBCCDD C9 EE"},
		"full headers":            {Wire{FullHeaders: true}, early, "09 000102 000005 09 01000000 AABBCCDD C9 EE" + "09 000123 000005 09 01000000 AABBCCDD C9 EE"},
		"extended, then a delta":  {Wire{}, late, "09 FFFFFF 000005 09 01000000 01020304 AABBCCDD C9 01020304 EE" + "49 000021 000005 09 AABBCCDD C9 EE"},
		"extended":                {Wire{FullHeaders: true}, late, "09 FFFFFF 000005 09 01000000 01020304 AABBCCDD C9 01020304 EE" + "09 FFFFFF 000005 09 01000000 01020325 AABBCCDD C9 01020325 EE"},
		"extended, type 3 omits":  {Wire{FullHeaders: true, OmitExtended: true}, late, "09 FFFFFF 000005 09 01000000 01020304 AABBCCDD C9 EE" + "09 FFFFFF 000005 09 01000000 01020325 AABBCCDD C9 EE"},
		"one chunk stream":        {Wire{OneChunkStream: true}, early, "04 000102 000005 09 01000000 AABBCCDD C4 EE" + "44 000021 000005 09 AABBCCDD C4 EE"},
		"three-byte basic header": {Wire{ThreeByteHeaders: true}, early, "010901 000102 000005 09 01000000 AABBCCDD C10901 EE" + "410901 000021 000005 09 AABBCCDD C10901 EE"},
		"time goes back":          {Wire{OneChunkStream: true}, 0xFFFFFFF0, "04 FFFFFF 000005 09 01000000 FFFFFFF0 AABBCCDD C4 FFFFFFF0 EE" + "44 000021 000005 09 AABBCCDD C4 EE" + "04 000000 000005 09 01000000 AABBCCDD C4 EE"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newChunker(c.wire)
			w.size = 4
			m := rtmp.Message{Type: rtmp.TypeVideo, StreamID: 1, Time: c.time, Body: []byte{0xAA, 0xBB, 0xCC, 0xDD, 0xEE}}
			got := w.append(nil, m)
			m.Time += 0x21
			got = w.append(got, m)
			if name == "time goes back" { // as audio does that comes behind later video
				m.Time = 0
				got = w.append(got, m)
			}
			want := strings.ReplaceAll(c.want, " ", "")
			if have := hex.EncodeToString(got); !strings.EqualFold(have, want) {
				t.Errorf("got  %s\nwant %s", have, want)
			}
		})
	}
}
