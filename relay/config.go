package relay

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what a Relay needs.
type Config struct {
	// RTMP is the address to listen on for RTMP, such as ":1935"; empty for none.
	RTMP string
	// RTMPS is where to listen for RTMP over TLS; nil for nowhere.
	RTMPS *RTMPS
	// Streams are the streams, by unique names and keys.
	Streams []Stream
}

// RTMPS is a TLS listener.
type RTMPS struct {
	// Listen is the address.
	Listen string
	// CertFile and KeyFile are in PEM form and read again when they change.
	CertFile, KeyFile string
}

// Stream is one stream that an encoder may publish.
type Stream struct {
	// Name is public; it is not the key.
	Name string
	// Key lets an encoder publish, whatever app name it uses.
	Key secret.Secret
	// BackupKey lets a second encoder stand by; empty for none.
	BackupKey secret.Secret
	// BackupReturn is when the first is on air again; empty is ReturnAuto.
	BackupReturn BackupReturn
	// Takeover is what a newer encoder may do; empty is IfSilent.
	Takeover Takeover
	// Hold is how long destinations are kept when the encoder drops; 0 ends
	// the broadcast at once.
	Hold time.Duration
	// HoldSlate is what they get meanwhile; empty is Freeze.
	HoldSlate HoldSlate
	// StopGrace is how long they are kept after it has said goodbye.
	StopGrace time.Duration
	// Record is where and how to record the stream's broadcasts; nil is not to.
	Record *record.Settings
	// Destinations, by names unique within the stream.
	Destinations []Destination
}

// Destination is one server that receives the stream.
type Destination struct {
	Name    string
	Enabled bool
	// Target is where to publish; Backups are tried when it fails twice.
	Target  rtmp.Target
	Backups []rtmp.Target
	// Delay is how far the destination trails the stream.
	Delay time.Duration
	// Gather is for how long what is sent may wait for more, which takes less of
	// the processor.
	Gather time.Duration
	// FixedParameters says that the server takes no new codec parameters within
	// a connection, and is to get a new one when they change.
	FixedParameters bool
	// Decorator is what the packets to this destination pass through, such as
	// what puts cues in; nil sends them as they are. The destination connects
	// anew when it is another one.
	Decorator destination.Decorator
	// Platform is an id of relay/platform's catalogue, whose limits the stream
	// is held against; empty for none.
	Platform string
	// KeySeen is when the key was first seen, for platforms that take it for a
	// while only; zero when that is not known.
	KeySeen time.Time
}

// checkChoices reports words that are none of those to choose from.
func (s Stream) checkChoices() error {
	choice := func(field, value string, among ...string) error {
		if value == "" || slices.Contains(among, value) {
			return nil
		}
		return fmt.Errorf("stream %s: %s %q is not one of %s", s.Name, field, value, strings.Join(among, ", "))
	}
	return errors.Join(
		choice("takeover", string(s.Takeover), string(IfSilent), string(Always), string(Never)),
		choice("hold slate", string(s.HoldSlate), string(Freeze), string(NoSlate)),
		choice("backup return", string(s.BackupReturn), string(ReturnAuto), string(ReturnManual)),
	)
}

// destinations is what package destination wants to know.
func (s Stream) destinations() []destination.Config {
	out := make([]destination.Config, 0, len(s.Destinations))
	for _, d := range s.Destinations {
		out = append(out, destination.Config{
			Name: d.Name, Targets: append([]rtmp.Target{d.Target}, d.Backups...), Enabled: d.Enabled, Delay: d.Delay,
			Gather: d.Gather, FixedParameters: d.FixedParameters, Decorator: d.Decorator,
		})
	}
	return out
}

// maxDelay is how much of the stream must be kept for destinations that trail.
func (s Stream) maxDelay() time.Duration {
	var d time.Duration
	for _, dest := range s.Destinations {
		d = max(d, dest.Delay)
	}
	return d
}

// Options are what a Relay uses but does not own.
type Options struct {
	// Version of the program, told to servers.
	Version string
	// Logger gets what an operator should know; nil drops it.
	Logger *slog.Logger
	// Registerer gets the metrics; nil gets none.
	Registerer prometheus.Registerer
	// OnBroadcast is told when a stream's broadcast begins, and with a zero time
	// when it ends; a hold is not an end. It must not block. It may be nil.
	OnBroadcast func(stream string, since time.Time)
	// Dialer dials destinations; nil is an rtmp.Dialer.
	Dialer destination.Dialer
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	names, keys := map[string]bool{}, map[string]string{}
	for _, s := range c.Streams {
		if s.Name == "" || names[s.Name] {
			errs = append(errs, fmt.Errorf("stream %q: names must be unique and not empty", s.Name))
		}
		if s.Key.Empty() {
			errs = append(errs, fmt.Errorf("stream %s: key is missing", s.Name))
		} else if other, used := keys[s.Key.Reveal()]; used {
			errs = append(errs, fmt.Errorf("streams %s and %s have the same key", other, s.Name))
		}
		if s.Hold < 0 || s.StopGrace < 0 {
			errs = append(errs, fmt.Errorf("stream %s: hold and stop grace cannot be negative", s.Name))
		}
		names[s.Name], keys[s.Key.Reveal()] = true, s.Name
		if other, used := keys[s.BackupKey.Reveal()]; used && !s.BackupKey.Empty() {
			errs = append(errs, fmt.Errorf("stream %s: its backup key is a key of %s already", s.Name, other))
		}
		keys[s.BackupKey.Reveal()] = s.Name
		errs = append(errs, s.checkChoices())
		if s.Record != nil {
			if err := s.Record.Check(s.Name); err != nil {
				errs = append(errs, fmt.Errorf("stream %s: recording: %w", s.Name, err))
			}
		}
		within := map[string]bool{}
		for _, d := range s.Destinations {
			if d.Name == "" || within[d.Name] {
				errs = append(errs, fmt.Errorf("stream %s: destination %q: names must be unique and not empty", s.Name, d.Name))
			}
			within[d.Name] = true
			if err := destination.CheckDecorator(d.Decorator); err != nil {
				errs = append(errs, fmt.Errorf("stream %s: destination %s: %w", s.Name, d.Name, err))
			}
			if d.Delay < 0 {
				errs = append(errs, fmt.Errorf("stream %s: destination %s: delay cannot be negative", s.Name, d.Name))
			}
			for _, t := range append([]rtmp.Target{d.Target}, d.Backups...) {
				if err := rtmp.CheckServer(t.Server); err != nil {
					errs = append(errs, fmt.Errorf("stream %s: destination %s: %w", s.Name, d.Name, err))
				}
			}
		}
	}
	return errors.Join(errs...)
}
