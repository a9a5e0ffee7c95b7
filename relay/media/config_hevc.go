package media

import (
	"errors"
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
)

// parseHVCC reads an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15:2022
// section 8.3.2.1).
func (c *VideoConfig) parseHVCC(b []byte) error {
	head, rest, err := split(b, 23)
	if err != nil {
		return err
	}
	if head[0] > 1 { // 0 is what encoders wrote before the standard was final
		return fmt.Errorf("version %d of hvcC is not known", head[0])
	}
	c.Profile, c.Level = hevcProfile(head[1]&0x1f), hevcLevel(head[12], head[1]&0x20 != 0)
	c.FrameRate = float64(int(head[19])<<8|int(head[20])) / 256
	nalu, err := hevcSPS(int(head[22]), rest)
	if err != nil {
		return err
	}
	var sps h265.SPS
	if err := sps.Unmarshal(nalu); err != nil {
		return fmt.Errorf("sequence parameter set: %w", err)
	}
	c.Width, c.Height = sps.Width(), sps.Height()
	if fps := sps.FPS(); fps > 0 {
		c.FrameRate = fps
	}
	return nil
}

// hevcSPS finds the first sequence parameter set in the arrays of NAL units.
func hevcSPS(arrays int, b []byte) ([]byte, error) {
	for ; arrays > 0; arrays-- {
		head, rest, err := split(b, 3)
		if err != nil {
			return nil, err
		}
		b = rest
		for n := int(head[1])<<8 | int(head[2]); n > 0; n-- {
			var nalu []byte
			if nalu, b, err = unit(b); err != nil {
				return nil, err
			}
			if h265.NALUType(head[0]&0x3f) == h265.NALUType_SPS_NUT {
				return nalu, nil
			}
		}
	}
	return nil, errors.New("hvcC without a sequence parameter set")
}

// hevcProfile names a general_profile_idc (ITU-T H.265 section A.3 and annexes
// F to I).
func hevcProfile(idc byte) string {
	switch idc {
	case 1:
		return "Main"
	case 2:
		return "Main 10"
	case 3:
		return "Main Still Picture"
	case 4:
		return "Range Extensions"
	case 5:
		return "High Throughput"
	case 6:
		return "Multiview Main"
	case 7:
		return "Scalable Main"
	case 8:
		return "3D Main"
	case 9:
		return "Screen Content"
	case 10:
		return "Scalable Range Extensions"
	case 11:
		return "High Throughput Screen Content"
	}
	return fmt.Sprintf("profile %d", idc)
}

// hevcLevel names a general_level_idc, thirty times the level (ITU-T H.265
// section A.4.1).
func hevcLevel(idc byte, highTier bool) string {
	level := fmt.Sprintf("%d.%d", idc/30, idc%30/3)
	if highTier {
		level += " (High tier)"
	}
	return level
}
