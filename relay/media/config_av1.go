package media

import (
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
)

// parseAV1C reads an AV1CodecConfigurationRecord (AV1 in ISOBMFF section
// 2.3.3), or the AV1 video descriptor of MPEG-2 TS, which is the same after its
// tag and length but has no OBUs (Carriage of AV1 in MPEG-2 TS section 2.1).
func (c *VideoConfig) parseAV1C(b []byte) error {
	if len(b) >= 2 && b[0] == 0x80 && b[1] == 4 {
		b = b[2:]
	}
	head, obus, err := split(b, 4)
	if err != nil {
		return err
	}
	if head[0] != 0x81 { // marker and version 1
		return fmt.Errorf("version byte %#02x of av1C is not known", head[0])
	}
	c.Profile, c.Level = av1Profile(head[1]>>5), av1Level(head[1]&0x1f, head[2]&0x80 != 0)
	if len(obus) == 0 { // they may come with the first frame instead
		return nil
	}
	return c.parseOBUs(obus)
}

// parseOBUs reads the sequence header among OBUs with sizes (AV1 sections 5.3.2
// and 5.5).
func (c *VideoConfig) parseOBUs(b []byte) error {
	var units av1.Bitstream
	if err := units.Unmarshal(b); err != nil {
		return fmt.Errorf("OBUs: %w", err)
	}
	for _, u := range units {
		if av1.OBUType(u[0]>>3&0x0f) != av1.OBUTypeSequenceHeader {
			continue
		}
		var h av1.SequenceHeader
		if err := h.Unmarshal(u); err != nil {
			return fmt.Errorf("sequence header OBU: %w", err)
		}
		c.Width, c.Height = h.Width(), h.Height()
		// Only with equal intervals does the time scale say a rate.
		if t := h.TimingInfo; t != nil && t.EqualPictureInterval {
			c.FrameRate = float64(t.TimeScale) / float64(t.NumUnitsInDisplayTick) / (float64(t.NumTicksPerPictureMinus1) + 1)
		}
		return nil
	}
	return nil
}

// av1Profile names a seq_profile (AV1 section 6.4.1).
func av1Profile(p byte) string {
	switch p {
	case 0:
		return "Main"
	case 1:
		return "High"
	case 2:
		return "Professional"
	}
	return fmt.Sprintf("profile %d", p)
}

// av1Level names a seq_level_idx (AV1 section A.3).
func av1Level(idx byte, highTier bool) string {
	if idx == 31 {
		return "maximum"
	}
	level := fmt.Sprintf("%d.%d", 2+idx>>2, idx&3)
	if highTier {
		level += " (High tier)"
	}
	return level
}
