package playback_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A reader of media playlists by the rules of RFC 8216bis. It knows nothing of
// how they are made.

type partLine struct {
	uri         string
	length      float64
	independent bool
}

type segmentLine struct {
	uri           string
	length        float64 // 0 while it is open
	parts         []partLine
	date          time.Time
	initial       string // URI of the EXT-X-MAP in force
	discontinuity bool
	whole         bool
}

// playlist is what a media playlist says.
type playlist struct {
	target                       float64
	part                         float64
	skipUntil, holdBack, partGap float64
	sequence, discontinuities    int
	skipped                      int
	segments                     []segmentLine
	ranges                       map[string]string // attributes by ID
	hint                         string
	end                          bool
}

// attributes reads an attribute list (section 4.2).
func attributes(list string) map[string]string {
	out := map[string]string{}
	for list != "" {
		name, rest, _ := strings.Cut(list, "=")
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest, _ = strings.Cut(rest[1:], `"`)
			list = strings.TrimPrefix(rest, ",")
		} else {
			value, list, _ = strings.Cut(rest, ",")
		}
		if _, twice := out[name]; twice || strings.ToUpper(name) != name {
			panic("attribute " + name)
		}
		out[name] = value
	}
	return out
}

func float(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("number " + s)
	}
	return f
}

func parsePlaylist(text string) (p *playlist, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("malformed: %v", r)
		}
	}()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "#EXTM3U" {
		return nil, fmt.Errorf("begins with %q", lines[0])
	}
	p = &playlist{ranges: map[string]string{}}
	var open segmentLine
	for _, line := range lines[1:] {
		tag, value, _ := strings.Cut(line, ":")
		switch tag {
		case "#EXT-X-VERSION":
			if value < "9" {
				return nil, fmt.Errorf("EXT-X-SKIP needs version 9, it is %s", value)
			}
		case "#EXT-X-TARGETDURATION":
			p.target = float64(int(float(value)))
		case "#EXT-X-SERVER-CONTROL":
			a := attributes(value)
			if a["CAN-BLOCK-RELOAD"] != "YES" {
				return nil, fmt.Errorf("no blocking reload")
			}
			p.skipUntil, p.holdBack, p.partGap = float(a["CAN-SKIP-UNTIL"]), float(a["HOLD-BACK"]), float(a["PART-HOLD-BACK"])
		case "#EXT-X-PART-INF":
			p.part = float(attributes(value)["PART-TARGET"])
		case "#EXT-X-MEDIA-SEQUENCE":
			p.sequence = int(float(value))
		case "#EXT-X-DISCONTINUITY-SEQUENCE":
			p.discontinuities = int(float(value))
		case "#EXT-X-SKIP":
			p.skipped = int(float(attributes(value)["SKIPPED-SEGMENTS"]))
		case "#EXT-X-DISCONTINUITY":
			open.discontinuity = true
		case "#EXT-X-MAP":
			open.initial = attributes(value)["URI"]
		case "#EXT-X-PROGRAM-DATE-TIME":
			if open.date, err = time.Parse(time.RFC3339, value); err != nil {
				return nil, err
			}
		case "#EXT-X-PART":
			a := attributes(value)
			open.parts = append(open.parts, partLine{a["URI"], float(a["DURATION"]), a["INDEPENDENT"] == "YES"})
		case "#EXTINF":
			open.length = float(strings.TrimSuffix(value, ","))
		case "#EXT-X-DATERANGE":
			p.ranges[attributes(value)["ID"]] = value
		case "#EXT-X-PRELOAD-HINT":
			p.hint = attributes(value)["URI"]
		case "#EXT-X-ENDLIST":
			p.end = true
		default:
			if strings.HasPrefix(line, "#") || line == "" {
				return nil, fmt.Errorf("unknown line %q", line)
			}
			open.uri, open.whole = line, true
			p.segments = append(p.segments, open)
			open = segmentLine{initial: open.initial}
		}
	}
	if len(open.parts) > 0 {
		p.segments = append(p.segments, open)
	} else if open.discontinuity || !open.date.IsZero() {
		return nil, fmt.Errorf("tags of a segment without any")
	}
	return p, nil
}

// merge makes a whole playlist of a delta and the one before (section 6.2.5.1).
func (p *playlist) merge(before *playlist) error {
	if p.skipped == 0 {
		return nil
	}
	from := p.sequence - before.sequence
	if before == nil || from < 0 || from+p.skipped > len(before.segments) {
		return fmt.Errorf("the delta skips segments that were not there")
	}
	old := slices.Clone(before.segments[from : from+p.skipped])
	for i := range p.segments {
		if p.segments[i].initial != "" {
			break
		}
		p.segments[i].initial = old[len(old)-1].initial
	}
	p.segments = append(old, p.segments...)
	p.skipped = 0
	return nil
}

// last is the media sequence number and part index of what comes next.
func (p *playlist) next() (segment, part int) {
	n := len(p.segments)
	if n > 0 && !p.segments[n-1].whole {
		return p.sequence + n - 1, len(p.segments[n-1].parts)
	}
	return p.sequence + n, 0
}

// check holds a whole playlist to what is true of each alone.
func (p *playlist) check() error {
	if p.target < 1 || p.part <= 0 || p.partGap < 3*p.part-1e-9 || p.holdBack < 3*p.target || p.skipUntil < 6*p.target {
		return fmt.Errorf("TARGETDURATION %v, PART-TARGET %v, PART-HOLD-BACK %v, HOLD-BACK %v, CAN-SKIP-UNTIL %v", p.target, p.part, p.partGap, p.holdBack, p.skipUntil)
	}
	if p.end == (p.hint != "") {
		return fmt.Errorf("ENDLIST %v, and the hint is %q", p.end, p.hint)
	}
	for i, s := range p.segments {
		if s.initial == "" {
			return fmt.Errorf("segment %d has no EXT-X-MAP", p.sequence+i)
		}
		if s.date.IsZero() {
			return fmt.Errorf("segment %d has no date", p.sequence+i)
		}
		if i > 0 && s.initial != p.segments[i-1].initial && !s.discontinuity {
			return fmt.Errorf("segment %d has another EXT-X-MAP without a discontinuity", p.sequence+i)
		}
		if err := p.checkSegment(s); err != nil {
			return fmt.Errorf("segment %d: %w", p.sequence+i, err)
		}
		if !s.whole && i < len(p.segments)-1 {
			return fmt.Errorf("segment %d is open within the playlist", p.sequence+i)
		}
	}
	return nil
}

func (p *playlist) checkSegment(s segmentLine) error {
	if math.Round(s.length) > p.target {
		return fmt.Errorf("%v s long, the target is %v", s.length, p.target)
	}
	if s.whole && (s.uri == "" || s.length <= 0) {
		return fmt.Errorf("%v s of %q", s.length, s.uri)
	}
	sum := 0.0
	for i, part := range s.parts {
		sum += part.length
		if part.length > p.part+1e-9 {
			return fmt.Errorf("part %d is %v s long, the target is %v", i, part.length, p.part)
		}
		if last := i == len(s.parts)-1; !last && part.length < 0.85*p.part-1e-9 {
			return fmt.Errorf("part %d of %d is %v s long, less than 85 %% of the target", i, len(s.parts), part.length)
		}
	}
	if s.whole && len(s.parts) > 0 && math.Abs(sum-s.length) > 1e-3 {
		return fmt.Errorf("%v s long, its parts are %v s", s.length, sum)
	}
	return nil
}

// checkAfter holds a playlist to the one before it (sections 6.2.1 and 6.2.2).
func (p *playlist) checkAfter(before *playlist) error {
	if p.target != before.target || p.part != before.part || p.holdBack != before.holdBack || p.partGap != before.partGap || p.skipUntil != before.skipUntil {
		return fmt.Errorf("the timing has changed")
	}
	if before.end {
		return fmt.Errorf("it goes on after ENDLIST")
	}
	gone := p.sequence - before.sequence
	if gone < 0 || gone > len(before.segments) {
		return fmt.Errorf("media sequence goes from %d to %d", before.sequence, p.sequence)
	}
	breaks := before.discontinuities
	for _, s := range before.segments[:gone] {
		if s.discontinuity {
			breaks++
		}
	}
	if p.discontinuities != breaks {
		return fmt.Errorf("discontinuity sequence %d, want %d", p.discontinuities, breaks)
	}
	if err := sameSegments(before.segments[gone:], p.segments); err != nil {
		return fmt.Errorf("from segment %d on: %w", p.sequence, err)
	}
	for id, line := range p.ranges {
		if old, known := before.ranges[id]; known && old != line {
			return fmt.Errorf("date range %s was %s, is %s", id, old, line)
		}
	}
	return nil
}

// sameSegments tells whether what was said of segments is still said.
func sameSegments(before, now []segmentLine) error {
	if len(now) < len(before) {
		return fmt.Errorf("there were %d segments, there are %d", len(before), len(now))
	}
	for i, old := range before {
		s := now[i]
		if !s.date.Equal(old.date) || s.initial != old.initial || s.discontinuity != old.discontinuity {
			return fmt.Errorf("number %d has changed: %+v, %+v", i, old, s)
		}
		if old.whole && (s.uri != old.uri || s.length != old.length) {
			return fmt.Errorf("number %d was %s of %v s, is %s of %v s", i, old.uri, old.length, s.uri, s.length)
		}
		if len(s.parts) > 0 && (len(s.parts) < len(old.parts) || !slices.Equal(s.parts[:len(old.parts)], old.parts)) {
			return fmt.Errorf("number %d: its parts have changed: %v, %v", i, old.parts, s.parts)
		}
	}
	return nil
}

// checkDates holds dates to lengths: each segment begins where the one before
// ended, within what nobody sees, unless there is a discontinuity.
func (p *playlist) checkDates() error {
	for i := 1; i < len(p.segments); i++ {
		before, s := p.segments[i-1], p.segments[i]
		off := s.date.Sub(before.date).Seconds() - before.length
		if off < -0.03 || !s.discontinuity && math.Abs(off) > 0.022 {
			return fmt.Errorf("segment %d begins %v s off the end of the one before", p.sequence+i, off)
		}
	}
	return nil
}
