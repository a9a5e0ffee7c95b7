package media

import (
	"errors"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
)

// parseAVCC reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15:2019
// section 5.3.3.1).
func (c *VideoConfig) parseAVCC(b []byte) error {
	head, rest, err := split(b, 6)
	if err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("version %d of avcC is not known", head[0])
	}
	c.Profile, c.Level = avcProfile(head[1], head[2]), avcLevel(head[1], head[2], head[3])
	if head[5]&0x1f == 0 {
		return errors.New("avcC without a sequence parameter set")
	}
	nalu, _, err := unit(rest)
	if err != nil {
		return err
	}
	var sps h264.SPS
	if err := sps.Unmarshal(nalu); err != nil {
		return fmt.Errorf("sequence parameter set: %w", err)
	}
	c.Width, c.Height, c.FrameRate = sps.Width(), sps.Height(), sps.FPS()
	return nil
}

// avcProfile names a profile_idc with its constraint flags, of which set0 is the
// highest bit (ITU-T H.264 sections A.2 and 7.4.2.1.1).
func avcProfile(idc, constraints byte) string {
	set := func(n int) bool { return constraints>>(7-n)&1 == 1 }
	switch {
	case idc == 66 && set(1):
		return "Constrained Baseline"
	case idc == 100 && set(4) && set(5):
		return "Constrained High"
	case idc == 100 && set(4):
		return "Progressive High"
	case (idc == 110 || idc == 122 || idc == 244) && set(3):
		return avcProfileName(idc) + " Intra"
	}
	return avcProfileName(idc)
}

func avcProfileName(idc byte) string {
	switch idc {
	case 66:
		return "Baseline"
	case 77:
		return "Main"
	case 88:
		return "Extended"
	case 100:
		return "High"
	case 110:
		return "High 10"
	case 122:
		return "High 4:2:2"
	case 244:
		return "High 4:4:4"
	case 44:
		return "CAVLC 4:4:4 Intra"
	case 83:
		return "Scalable Baseline"
	case 86:
		return "Scalable High"
	case 118:
		return "Multiview High"
	case 128:
		return "Stereo High"
	}
	return fmt.Sprintf("profile %d", idc)
}

// avcLevel names a level_idc, ten times the level. Level 1b is 9, or 11 with
// constraint_set3 in the oldest profiles (ITU-T H.264 section A.3.1).
func avcLevel(profile, constraints, idc byte) string {
	old := profile == 66 || profile == 77 || profile == 88
	if idc == 9 || idc == 11 && old && constraints&0x10 != 0 {
		return "1b"
	}
	return fmt.Sprintf("%d.%d", idc/10, idc%10)
}
