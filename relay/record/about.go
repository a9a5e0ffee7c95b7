package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// Part is what is known of one file of a recording.
type Part struct {
	Version int    `json:"version"`
	Stream  string `json:"stream"`
	// Date is when the recording began, and what its parts are named after.
	Date string `json:"date"`
	// Number counts parts from 1.
	Number int    `json:"part"`
	Format Format `json:"format"`
	// Codecs are as in a MIME type for MP4, else their names.
	Codecs string `json:"codecs"`
	// Started is what the clock said at the file's time 0, and MediaStart, in ms,
	// the stream's timeline, which begins anew with each start of the program.
	Started    time.Time `json:"started"`
	MediaStart int64     `json:"media_start_ms"`
	// Length is in ms, and Bytes the file's size: 0 until Complete.
	Length   int64 `json:"duration_ms"`
	Bytes    int64 `json:"bytes"`
	Complete bool  `json:"complete"`
}

const (
	aboutVersion = 1
	aboutEnd     = ".json"
	maxAbout     = 64 << 10
	// dateLayout has nothing that a file's name or a URL could not.
	dateLayout = "2006-01-02T15-04-05Z"
)

// dateShape is that of dates, and nameShape that of files' names without their
// ends. The first part has no number.
var (
	dateShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$`)
	nameShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d{3,6})?$`)
)

func showName(now time.Time) string { return now.UTC().Format(dateLayout) }

// base is the name that a part's files have in common.
func (p *Part) base() string {
	if p.Number == 1 {
		return p.Date
	}
	return fmt.Sprintf("%s-%03d", p.Date, p.Number)
}

func (p *Part) data() string  { return p.base() + "." + string(p.Format) }
func (p *Part) about() string { return p.base() + aboutEnd }

// Ended is what the clock said at the end, as far as it is known.
func (p *Part) Ended() time.Time {
	return p.Started.Add(time.Duration(p.Length) * time.Millisecond)
}

// Find is where in the file something is that happened when the clock said at;
// false if it is not in it.
func (p *Part) Find(at time.Time) (time.Duration, bool) { return p.within(at.Sub(p.Started)) }

// FindMedia is Find for a time of the stream's timeline, as it was in the same run
// of the program.
func (p *Part) FindMedia(at time.Duration) (time.Duration, bool) {
	return p.within(at - time.Duration(p.MediaStart)*time.Millisecond)
}

func (p *Part) within(at time.Duration) (time.Duration, bool) {
	return at, at >= 0 && (!p.Complete || at <= time.Duration(p.Length)*time.Millisecond)
}

func (p *Part) marshal() []byte {
	p.Version = aboutVersion
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("record: %v", err)) // its fields can all be marshalled
	}
	return append(text, '\n')
}

// unmarshal reads a description; of what it says, the name is checked.
func unmarshal(text []byte) (p Part, err error) {
	if err := json.Unmarshal(text, &p); err != nil {
		return Part{}, fmt.Errorf("its description cannot be read: %w", err)
	}
	switch {
	case p.Version != aboutVersion:
		err = fmt.Errorf("its description is of version %d, not %d", p.Version, aboutVersion)
	case p.Format != MP4 && p.Format != FLV:
		err = fmt.Errorf("its format %q is not known", p.Format)
	case !dateShape.MatchString(p.Date) || p.Number < 1 || p.Number > 999_999:
		err = errors.New("its description names no file of a recording")
	case p.Length < 0 || p.Bytes < 0:
		err = errors.New("its description has negative numbers")
	}
	if err != nil {
		return Part{}, err
	}
	return p, nil
}

// playable says whether browsers play it.
func (p *Part) playable() bool {
	if p.Format == MP4 {
		return true
	}
	for name := range strings.SplitSeq(p.Codecs, ",") {
		switch media.Codec(name) {
		case media.H264, media.HEVC, media.AV1, media.AAC, media.Opus:
		default:
			return false
		}
	}
	return true
}

// played is the name under which it is played: browsers get MP4 in any case.
func (p *Part) played() string { return p.base() + "." + string(MP4) }

// mime is what it is when it is played.
func (p *Part) mime() string {
	for _, video := range []string{"vc1.", "av01.", string(media.H264), string(media.HEVC), string(media.AV1)} {
		if strings.Contains(p.Codecs, video) {
			return "video/mp4"
		}
	}
	return "audio/mp4"
}
