package playback

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Timeline knows what belongs to a stretch of the stream.
type Timeline interface {
	// Cues returns what begins or goes on between two times of the stream's
	// timeline. It is asked for each part, and must not wait.
	Cues(from, to time.Duration) []Cue
}

// Cue is something that happens at a time of the stream.
type Cue struct {
	// ID is unique within the broadcast, of at most 128 printable ASCII
	// characters without a quotation mark. What has been told under an ID
	// cannot change: a revision is another cue.
	ID string
	// Start is on the stream's timeline; End too, or 0 if it is not known.
	Start, End time.Duration
	// Data is for the player: it is sent as base64 in the attribute
	// X-HAWKER-CUE.
	Data []byte
}

// cueClass is the CLASS of the EXT-X-DATERANGE of all cues.
const cueClass = "live.hawker.cue"

const (
	// maxCues is how many there can be in a playlist, the newest.
	maxCues = 100
	// cuesAhead is how far ahead of the newest part cues are told.
	cuesAhead = 10 * time.Second
)

// dateRanges remembers how it has told cues, since the same ID must always have
// the same attributes (RFC 8216bis section 4.4.5.1).
type dateRanges struct{ told map[string]string }

// update returns the lines of the playlist that ends at a time of the stream and
// is so long.
func (d *dateRanges) update(t Timeline, end, length time.Duration, epoch time.Time) []string {
	if t == nil {
		return nil
	}
	cues := t.Cues(end-length, end+cuesAhead)
	if len(cues) > maxCues {
		cues = cues[len(cues)-maxCues:]
	}
	told := make(map[string]string, len(cues))
	lines := make([]string, 0, len(cues))
	for _, c := range cues {
		line, known := d.told[c.ID]
		if _, twice := told[c.ID]; twice || !validID(c.ID) {
			continue
		}
		if !known {
			line = c.line(epoch)
		}
		told[c.ID] = line
		lines = append(lines, line)
	}
	d.told = told
	return lines
}

func validID(id string) bool {
	odd := func(r rune) bool { return r < ' ' || r > '~' || r == '"' }
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, odd)
}

func (c *Cue) line(epoch time.Time) string {
	length := ""
	if c.End > c.Start {
		length = ",DURATION=" + seconds(c.End-c.Start)
	}
	return fmt.Sprintf(`#EXT-X-DATERANGE:ID="%s",CLASS="%s",START-DATE="%s"%s,X-HAWKER-CUE="%s"`,
		c.ID, cueClass, date(epoch.Add(c.Start)), length, base64.StdEncoding.EncodeToString(c.Data))
}
