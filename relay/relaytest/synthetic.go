package relaytest

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

// Synthetic makes what looks like an encoder's 1080p output: metadata, true
// sequence headers, keyframes and frames of the right sizes at the right
// times. What is in the frames is random, so nothing can show it, but every
// frame is another one. The zero value is the reference of the load tests:
// H.264 at 6 Mb/s and 30 frames/s, a keyframe each 2 s, AAC stereo at 128 kb/s
// and 48 kHz, without an end.
type Synthetic struct {
	// Duration ends the source; 0 does not. A Clip needs it.
	Duration time.Duration
	// FPS is in frames per second; VideoBitrate and AudioBitrate in bits per
	// second; GOP is from keyframe to keyframe.
	FPS                        int
	GOP                        time.Duration
	VideoBitrate, AudioBitrate int
	// NoMetadata, NoVideo and NoAudio leave something out.
	NoMetadata, NoVideo, NoAudio bool
	// BFrames gives frames the composition times of two B-frames between
	// reference frames.
	BFrames bool
	// FourCC sends video in enhanced RTMP's form: "avc1", "hvc1" or "av01".
	FourCC string
	// Seed makes other bytes.
	Seed uint64
}

// audioRate is in Hz; an AAC frame has 1024 samples.
const audioRate, audioSamples = 48000, 1024

// keyframeWeight is how many times larger a keyframe is than other frames.
const keyframeWeight = 8

// Source plays it. Each call begins anew, with the same bytes.
func (s Synthetic) Source() Source {
	s.FPS = or(s.FPS, 30)
	s.GOP = or(s.GOP, 2*time.Second)
	s.VideoBitrate = or(s.VideoBitrate, 6_000_000)
	s.AudioBitrate = or(s.AudioBitrate, 128_000)
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], s.Seed)
	g := &generator{Synthetic: s, random: rand.NewChaCha8(seed), gop: max(1, int(s.GOP.Seconds()*float64(s.FPS)+0.5))}
	g.opening()
	return g
}

// Clip is the whole of it in memory: 770 kB for each second of the reference.
func (s Synthetic) Clip() (*Clip, error) {
	if s.Duration <= 0 {
		return nil, errors.New("synthetic clip: Duration is missing")
	}
	return clipOf(s.Source())
}

// generator is a Source from a Synthetic.
type generator struct {
	Synthetic
	random *rand.ChaCha8
	gop    int       // frames
	heads  []flv.Tag // still to come first
	frames int       // video frames made
	sounds int       // audio frames made
}

func (g *generator) opening() {
	if !g.NoMetadata {
		g.heads = append(g.heads, flv.Tag{Kind: media.Data, Body: g.metadata()})
	}
	if !g.NoVideo {
		g.heads = append(g.heads, flv.Tag{Kind: media.Video, Body: g.videoHeader()})
	}
	if !g.NoAudio {
		g.heads = append(g.heads, flv.Tag{Kind: media.Audio, Body: audioHeader()})
	}
}

// Next gives the tag whose time comes next.
func (g *generator) Next() (flv.Tag, error) {
	if len(g.heads) > 0 {
		t := g.heads[0]
		g.heads = g.heads[1:]
		return t, nil
	}
	video := int64(g.frames) * 1000 / int64(g.FPS)
	audio := int64(g.sounds) * audioSamples * 1000 / audioRate
	isVideo := !g.NoVideo && (g.NoAudio || video <= audio)
	at := audio
	if isVideo {
		at = video
	}
	if g.NoVideo && g.NoAudio || g.Duration > 0 && at >= g.Duration.Milliseconds() {
		return flv.Tag{}, io.EOF
	}
	if isVideo {
		return flv.Tag{Kind: media.Video, Time: uint32(at), Body: g.frame()}, nil
	}
	return flv.Tag{Kind: media.Audio, Time: uint32(at), Body: g.sound()}, nil
}

// frame is a video frame of the size that keeps the bitrate over a GOP.
func (g *generator) frame() []byte {
	place := g.frames % g.gop
	g.frames++
	unit := g.VideoBitrate / 8 * g.gop / g.FPS / (keyframeWeight + g.gop - 1)
	if place == 0 {
		return g.videoFrame(true, g.composition(place), unit*keyframeWeight)
	}
	return g.videoFrame(false, g.composition(place), unit)
}

// composition is a frame's composition time in ms: decoding order I P b b P b b
// is shown as I b b P b b P.
func (g *generator) composition(place int) uint32 {
	if !g.BFrames {
		return 0
	}
	frames := 0
	switch {
	case place == 0:
		frames = 1
	case place%3 == 1: // shown after the B-frames that follow it, fewer at the end of a GOP
		frames = 1 + min(2, g.gop-1-place)
	}
	return uint32(frames * 1000 / g.FPS)
}

func (g *generator) sound() []byte {
	g.sounds++
	b := make([]byte, 2+g.AudioBitrate/8*audioSamples/audioRate)
	b[0], b[1] = 0xAF, 1 // AAC, raw (FLV 10.1 section E.4.2)
	_, _ = g.random.Read(b[2:])
	return b
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
