// Package clip holds a short clip of the project's own making: a test picture
// with a running clock and a tone with a beep each second, for demonstrations
// and tests. It belongs to Hawker's licence like the rest of the project.
//
// It is an FLV file of 8 s: H.264 High at level 3.0, 640x360 at 30 frames per
// second with B-frames and a keyframe each 2 s (closed GOPs); AAC-LC, stereo,
// 48 kHz. It loops: played again 8000 ms later, both tracks go on in cadence,
// since 8 s are 240 pictures and 375 frames of sound.
//
// ffmpeg 5.1 made it:
//
//	ffmpeg -f lavfi -i "testsrc2=size=640x360:rate=30:duration=8" \
//	  -f lavfi -i "sine=frequency=440:beep_factor=2:sample_rate=48000:duration=8.2" \
//	  -map 0:v -map 1:a -c:v libx264 -preset veryslow -profile:v high -level 3.0 \
//	  -pix_fmt yuv420p -b:v 480k -maxrate 600k -bufsize 1200k \
//	  -g 60 -keyint_min 60 -sc_threshold 0 -bf 2 -x264-params "open-gop=0:threads=1" \
//	  -c:a aac -b:a 96k -ac 2 -frames:a 375 \
//	  -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
//	  -flvflags no_sequence_end+no_duration_filesize clip.flv
package clip

import (
	_ "embed" // for the directive below
	"time"
)

// Length is how much later the clip can begin again, with all its timestamps
// raised by as much.
const Length = 8 * time.Second

//go:embed clip.flv
var file string

// FLV returns the clip as an FLV file of about 600 KB. The caller owns the bytes.
func FLV() []byte { return []byte(file) }
