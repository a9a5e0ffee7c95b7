// Package platform is the catalogue of streaming platforms: where they take a
// stream, what they accept, and how long their keys are good for. It is data
// and look-ups; dialling is relay/rtmp's, and what to do about a stream that a
// platform will not take is for callers to decide.
package platform

import (
	"strings"
	"time"
)

// Platform is what is known of a platform. Zero values mean that nothing is
// known: a limit of 0 is no limit to check against.
type Platform struct {
	// ID is what configurations call it; it matches ^[a-z0-9-]+$.
	ID string
	// Name is what people call it.
	Name string
	// Server takes everybody's stream, by RTMPS where the platform can; empty
	// if NeedsURL. An app may hold a query: a key is never joined to it.
	Server string
	// BackupServer takes the same key at the same time; empty for none.
	BackupServer string
	// PlainServer and PlainBackupServer are their like without TLS, for
	// networks that block it; empty where Server is plain or there is none.
	PlainServer, PlainBackupServer string
	// NeedsURL says that each streamer is given a server of their own.
	NeedsURL bool
	// FindURL and FindKey say where the platform's own pages show the server
	// and the stream key. FindURL is set where NeedsURL is.
	FindURL, FindKey string
	Limits           Limits
	// Credential is how long server and key stay good.
	Credential Credential
	// MaxDuration is when the platform ends a broadcast.
	MaxDuration time.Duration
	// ParameterChange says that the platform is known to take new codec
	// parameters (size, profile, sample rate) within a broadcast. Where it is
	// false, a new connection is the safe way.
	ParameterChange bool
	// Social says that the platform has an audience of its own; plain servers
	// have none.
	Social bool
}

// Limits are what a platform takes, for all sizes of picture together unless
// Sizes says more.
type Limits struct {
	// MaxVideoKbps and MaxAudioKbps are in 1000 bits per second.
	MaxVideoKbps, MaxAudioKbps int
	// Sizes are what a platform takes by size of picture, the smallest first,
	// where it tells; see VideoKbps.
	Sizes []Size
	// MaxKeyframeInterval is where the platform refuses or suffers;
	// RecommendedKeyframeInterval is what it asks for.
	MaxKeyframeInterval, RecommendedKeyframeInterval time.Duration
	// Codecs are the video codecs, named as in relay/media: H264, HEVC, AV1.
	Codecs []string
	// MaxFrameRate is in frames per second.
	MaxFrameRate float64
	// MaxLevel is the highest level of H.264, such as "4.2".
	MaxLevel string
	// Portrait says that the platform shows upright pictures.
	Portrait bool
}

// Size is the most that a platform takes of pictures up to a size.
type Size struct {
	// Lines is the shorter side in pixels, so that it holds upright too.
	Lines int
	// FrameRate is in frames per second.
	FrameRate float64
	// Kbps is in 1000 bits per second.
	Kbps int
}

// VideoKbps is the limit for pictures of this size at this rate: that of the
// smallest of Sizes in which they fit, or else MaxVideoKbps; 0 if none is
// known. The same goes for 0, which is a size or rate that is not known.
func (l Limits) VideoKbps(width, height int, frameRate float64) int {
	lines := min(width, height)
	if lines == 0 || frameRate == 0 {
		return l.MaxVideoKbps
	}
	for _, s := range l.Sizes {
		if lines <= s.Lines && frameRate < s.FrameRate+1 { // measured: 30.1 is 30
			return s.Kbps
		}
	}
	return l.MaxVideoKbps
}

// Credential is how long a server and key stay good.
type Credential int

// Lifetimes of credentials.
const (
	CredentialUnknown Credential = iota
	Static                       // until the streamer changes it
	PerEvent                     // for one broadcast
	OneDay                       // if the broadcast begins within 24 h
)

// String returns what a person should know.
func (c Credential) String() string {
	switch c {
	case Static:
		return "until you change it"
	case PerEvent:
		return "for one broadcast"
	case OneDay:
		return "for a broadcast that begins within 24 hours"
	}
	return "unknown"
}

// All returns the catalogue, the most used platforms first and custom last.
func All() []Platform { return catalogue() }

// IDs returns the ids of All, in its order.
func IDs() []string {
	var ids []string
	for _, p := range catalogue() {
		ids = append(ids, p.ID)
	}
	return ids
}

// Lookup returns the platform with this id. Upper case is another id.
func Lookup(id string) (Platform, bool) {
	for _, p := range catalogue() {
		if p.ID == id {
			return p, true
		}
	}
	return Platform{}, false
}

// Suggest returns the id that was probably meant, or "" if none is near.
func Suggest(id string) string {
	id = strings.ToLower(strings.TrimSpace(id))
	best, least := "", max(2, len(id)/3)+1
	for _, p := range catalogue() {
		if len(id) >= 2 && strings.HasPrefix(p.ID, id) || id == strings.ToLower(p.Name) {
			return p.ID
		}
		if d := distance(id, p.ID); d < least && d < len(p.ID) {
			best, least = p.ID, d
		}
	}
	return best
}

// distance counts the insertions, deletions and substitutions that turn a
// into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, cost)
		}
	}
	return row[len(b)]
}
