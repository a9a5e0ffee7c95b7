package media

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/flac"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// parseASC reads an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1).
func (c *AudioConfig) parseASC(b []byte) error {
	head, _, err := split(b, 2)
	if err != nil {
		return err
	}
	objectType := int(head[0] >> 3)
	if objectType == 31 { // escape: six bits follow
		objectType = 32 + int(head[0]&7)<<3 + int(head[1]>>5)
	}
	c.Profile = aacProfile(objectType)
	var asc mpeg4audio.AudioSpecificConfig
	if err := asc.Unmarshal(b); err != nil {
		return err
	}
	c.SampleRate, c.Channels = asc.SampleRate, int(asc.ChannelConfig) // 0: the frames say it
	if asc.ChannelConfig == 7 {
		c.Channels = 8
	}
	if asc.ExtensionSampleRate != 0 { // SBR doubles the core's rate
		c.SampleRate = asc.ExtensionSampleRate
	}
	if asc.ExtensionType == mpeg4audio.ObjectTypePS { // makes two channels of one
		c.Channels = 2
	}
	return nil
}

// aacProfile names an audio object type (ISO/IEC 14496-3 table 1.17).
func aacProfile(objectType int) string {
	switch objectType {
	case 1:
		return "Main"
	case 2:
		return "LC"
	case 3:
		return "SSR"
	case 4:
		return "LTP"
	case 5:
		return "HE-AAC"
	case 23:
		return "LD"
	case 29:
		return "HE-AAC v2"
	case 39:
		return "ELD"
	case 42:
		return "xHE-AAC"
	}
	return fmt.Sprintf("object type %d", objectType)
}

// parseOpusHead reads an Opus identification header (RFC 7845 section 5.1). It
// may be empty (E-RTMP v2, ExAudioTagBody). Opus always decodes at 48 kHz; the
// rate in the header is only that of the source.
func (c *AudioConfig) parseOpusHead(b []byte) error {
	c.SampleRate = 48000
	if len(b) == 0 {
		return nil
	}
	head, _, err := split(b, 19)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(head, []byte("OpusHead")) {
		return errors.New("no OpusHead signature")
	}
	if head[8]>>4 != 0 { // the lower half may grow without a change of layout
		return fmt.Errorf("version %d of OpusHead is not known", head[8])
	}
	if head[9] == 0 {
		return errors.New("no channels")
	}
	c.Channels = int(head[9])
	return nil
}

// parseStreamInfo reads FLAC's signature and its first metadata block, the
// STREAMINFO (E-RTMP v2, FlacSequenceHeader; RFC 9639 sections 8.1 and 8.2).
func (c *AudioConfig) parseStreamInfo(b []byte) error {
	head, block, err := split(b, 8)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(head, []byte("fLaC")) {
		return errors.New("no fLaC signature")
	}
	if head[4]&0x7f != 0 {
		return errors.New("the first metadata block is no STREAMINFO")
	}
	var info flac.StreamInfo
	if err := info.Unmarshal(block); err != nil {
		return err
	}
	c.SampleRate, c.Channels = int(info.SampleRate), int(info.ChannelCount)
	return nil
}
