package config

import (
	"net/netip"
	"slices"
	"time"

	"github.com/hawker-live/hawker/config/secret"
)

// What holds for fields that the file leaves out.
const (
	DefaultRTMP      = ":1935"
	DefaultAdmin     = "127.0.0.1:9935"
	DefaultPublic    = ":8935"
	DefaultData      = "./hawker-data"
	DefaultHold      = 60 * time.Second
	DefaultStopGrace = 5 * time.Second
)

// The longest durations that the file may ask for; the shortest are 0.
const (
	MaxHold      = 30 * time.Minute
	MaxStopGrace = 60 * time.Second
	MaxDelay     = 10 * time.Minute
)

// The words that some fields take, the default first; that of parameter_change
// depends on the platform.
var (
	Latencies        = []string{"lowest", "relaxed"}
	HoldSlates       = []string{"freeze", "none"}
	Takeovers        = []string{"if_silent", "always", "never"}
	BackupReturns    = []string{"auto", "manual"}
	ParameterChanges = []string{"forward", "reconnect"}
)

// MetadataKinds are the ways in which a destination may get offers and banners
// within the stream: AMF data messages, and SEI in the video.
var MetadataKinds = []string{"amf", "sei"}

// Config is a configuration that has passed every check.
type Config struct {
	Ingest Ingest
	Admin  Admin
	Public Public
	// Data is the folder for what must last. It need not exist.
	Data string
	// Database is a postgres:// URL, a password and all, of what is to hold the
	// records of selling instead of a file in Data; empty for that file.
	Database secret.Secret
	Streams  []Stream
	Overlay  Overlay
	Brand    Brand
	// ChatRetention is how long messages of chats are kept, MinChatRetention to
	// MaxChatRetention.
	ChatRetention time.Duration
	// Offers is what the offers file holds; nil without one.
	Offers *OffersFile
	// OffersFile is the path it was read from; empty without one.
	OffersFile string

	files []string
}

// Ingest is where encoders publish.
type Ingest struct {
	// RTMP is the listen address; empty if the file says rtmp: "" to have
	// RTMPS alone.
	RTMP string
	// RTMPS is nil when the file has none.
	RTMPS *RTMPS
}

// RTMPS is a listener for RTMP over TLS.
type RTMPS struct {
	Listen string
	// Cert and Key are paths of PEM files that belong together.
	Cert, Key string
}

// Admin is where metrics and the operator's API are served.
type Admin struct{ Listen string }

// Public is where viewers come.
type Public struct {
	// Listen is the listen address; empty if the file says listen: "" to have
	// no viewers.
	Listen string
	// URL is the address at which viewers reach it, http:// or https:// and a
	// host, without a slash at its end; empty if the file does not say. It has
	// at most MaxPublicURL bytes.
	URL string
	// TrustedProxies are those whose X-Forwarded-For is believed. None is all
	// of the internet.
	TrustedProxies []netip.Prefix
}

// Stream is what one encoder publishes.
type Stream struct {
	// Name is public, unique, and matches ^[A-Za-z0-9_-]{1,64}$.
	Name string
	// Key is what the encoder publishes with; no two streams share one.
	Key secret.Secret
	// KeyFile is the path the key was read from; empty if it was not.
	KeyFile string
	// BackupKey is what a second encoder stands by with; empty for none.
	BackupKey secret.Secret
	// BackupKeyFile is the path it was read from; empty if it was not.
	BackupKeyFile string
	// BackupReturn is when the first encoder is on air again: one of
	// BackupReturns, or empty for the first of them.
	BackupReturn string
	// Takeover is what a newer encoder may do to one that is connected: one of
	// Takeovers, or empty for the first of them.
	Takeover string
	// HoldSlate is what destinations get during a hold: one of HoldSlates, or
	// empty for the first of them.
	HoldSlate string
	// Hold is how long destinations are kept when the encoder drops, 0 to
	// MaxHold.
	Hold time.Duration
	// StopGrace is how long they are kept after it has said goodbye, 0 to
	// MaxStopGrace.
	StopGrace    time.Duration
	Destinations []Destination
	Page
	// Chat is nil without one.
	Chat *Chat
	// Record is nil if the stream is not recorded.
	Record *Record
}

// Destination is one server that receives a stream.
type Destination struct {
	// Name is unique within its stream and matches ^[A-Za-z0-9_-]{1,64}$.
	Name string
	// Platform is an id of the catalogue, or empty.
	Platform string
	// URL is the server, rtmp:// or rtmps:// with an app: the file's own, or
	// else the platform's. The key is no part of it.
	URL string
	// BackupURL is the second server for the same key: the file's own, or else,
	// unless the file gives a URL, the platform's. It may be empty.
	BackupURL string
	// Key is sent to the server as it is; it may hold ?, & and /.
	Key secret.Secret
	// KeyFile is the path the key was read from; empty if it was not.
	KeyFile string
	// Enabled is true unless the file says otherwise.
	Enabled bool
	// Delay is how far the destination trails the stream, 0 to MaxDelay.
	Delay time.Duration
	// Latency is one of Latencies, or empty for the first of them: the stream's,
	// where the destination gives none.
	Latency string
	// ParameterChange is what happens when the encoder's parameters change: one
	// of ParameterChanges, or empty for what suits the platform.
	ParameterChange string
	// CAFile is a PEM file of roots to trust instead of the system's; empty
	// for those.
	CAFile string
	// Metadata are those of MetadataKinds in which it gets offers and banners,
	// each once; none unless the file says so.
	Metadata []string
}

// Files returns the paths that the configuration depends on: its own file
// first, then keys, certificates, roots, the style sheet, blocked words and the offers file.
// Give it to NewWatcher.
func (c *Config) Files() []string { return slices.Clone(c.files) }
