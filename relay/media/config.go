package media

import (
	"errors"
	"fmt"
)

// VideoConfig is what a video sequence header says of the picture. What it does
// not say, or what this package does not read, is empty or 0.
type VideoConfig struct {
	Codec Codec
	// Profile and Level are as in the codec's specification: "High", "4.1".
	Profile, Level string
	// Width and Height are of the picture shown, in pixels, 1 to 65535.
	Width, Height int
	// FrameRate is in frames per second, up to 1000; 0 if unknown, which is not
	// rare.
	FrameRate float64
}

// AudioConfig is what an audio sequence header says of the sound. What it does
// not say, or what this package does not read, is empty or 0.
type AudioConfig struct {
	Codec Codec
	// Profile is AAC's: "LC", "HE-AAC", "HE-AAC v2" and others.
	Profile string
	// SampleRate is what a decoder puts out, in Hz.
	SampleRate int
	// Channels is what a decoder puts out, 1 to 255.
	Channels int
}

var errNoHeader = errors.New("not a sequence header")

// ParseVideoConfig reads the decoder configuration in a Header tag of H.264
// (avcC), HEVC (hvcC) or AV1 (av1C). Of other codecs it tells the name. With an
// error it returns what could be read before the fault.
func ParseVideoConfig(t Tag) (VideoConfig, error) {
	c := VideoConfig{Codec: t.Codec}
	if !t.Header {
		return c, errNoHeader
	}
	parse := func([]byte) error { return nil }
	switch t.Codec {
	case H264:
		parse = c.parseAVCC
	case HEVC:
		parse = c.parseHVCC
	case AV1:
		parse = c.parseAV1C
	}
	err := guarded(parse, t.Payload)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		err = fmt.Errorf("%s sequence header: %w", t.Codec, err)
	}
	return c, err
}

// ParseAudioConfig reads the decoder configuration in a Header tag of AAC
// (AudioSpecificConfig), Opus (identification header) or FLAC (STREAMINFO). Of
// other codecs it tells the name. With an error it returns what could be read
// before the fault.
func ParseAudioConfig(t Tag) (AudioConfig, error) {
	c := AudioConfig{Codec: t.Codec}
	if !t.Header {
		return c, errNoHeader
	}
	parse := func([]byte) error { return nil }
	switch t.Codec {
	case AAC:
		parse = c.parseASC
	case Opus:
		parse = c.parseOpusHead
	case FLAC:
		parse = c.parseStreamInfo
	}
	err := guarded(parse, t.Payload)
	if err != nil {
		err = fmt.Errorf("%s sequence header: %w", t.Codec, err)
	}
	return c, err
}

// guarded turns a panic into an error: the bytes are a stranger's, and most of
// the parsing is a library's.
func guarded(parse func([]byte) error, b []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be parsed: %v", r)
		}
	}()
	return parse(b)
}

// check takes out what no picture can have: sizes below zero after cropping,
// divisions by zero.
func (c *VideoConfig) check() error {
	if !(c.FrameRate > 0 && c.FrameRate <= 1000) { // NaN too
		c.FrameRate = 0
	}
	const limit = 1<<16 - 1
	if c.Width >= 0 && c.Height >= 0 && c.Width <= limit && c.Height <= limit {
		return nil
	}
	w, h := c.Width, c.Height
	c.Width, c.Height = 0, 0
	return fmt.Errorf("picture size %dx%d is impossible", w, h)
}

var errConfigShort = errors.New("cut short")

// split returns the first n bytes of b and the rest.
func split(b []byte, n int) (head, rest []byte, err error) {
	if len(b) < n {
		return nil, nil, errConfigShort
	}
	return b[:n], b[n:], nil
}

// unit returns the first NAL unit of b, which has a 16-bit size before it, and
// the rest.
func unit(b []byte) (nalu, rest []byte, err error) {
	size, rest, err := split(b, 2)
	if err != nil {
		return nil, nil, err
	}
	return split(rest, int(size[0])<<8|int(size[1]))
}
