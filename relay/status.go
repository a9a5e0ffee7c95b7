package relay

import (
	"errors"
	"fmt"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// StreamStatus is what is known of a stream.
type StreamStatus struct {
	Name  string    `json:"name"`
	State State     `json:"state"`
	Since time.Time `json:"since"`
	// Publisher is the encoder that is on air; nil unless the stream is live.
	Publisher *PublisherStatus `json:"publisher,omitempty"`
	// Standby are the encoders that are connected and not on air.
	Standby []PublisherStatus `json:"standby,omitempty"`
	// Hold tells what happens until an encoder is back; nil unless holding.
	Hold *HoldStatus `json:"hold,omitempty"`
	// Drops, Takeovers and Switches count since the start of the program: how
	// often the encoder on air was lost without a goodbye, one took over from
	// another with the same key, and primary and backup changed places.
	Drops     uint64 `json:"drops"`
	Takeovers uint64 `json:"takeovers"`
	Switches  uint64 `json:"switches"`
	// Video and Audio are nil until their headers have come.
	Video *VideoStatus `json:"video,omitempty"`
	Audio *AudioStatus `json:"audio,omitempty"`
	// Bitrate is what came in during the last 5 s, in bits per second.
	Bitrate float64 `json:"bitrate"`
	// KeyframeInterval is the length of the last whole group of pictures in seconds.
	KeyframeInterval float64 `json:"keyframe_interval_seconds"`
	// Bytes and Packets count what has come in since the start of the program.
	Bytes   uint64            `json:"bytes"`
	Packets map[string]uint64 `json:"packets"`
	// Measured is what preflight judges; nil unless the stream is live.
	Measured *Measured `json:"measured,omitempty"`
	// Recording is nil unless the stream is to be recorded.
	Recording    *RecordingStatus    `json:"recording,omitempty"`
	Destinations []DestinationStatus `json:"destinations"`
}

// PublisherStatus tells of an encoder.
type PublisherStatus struct {
	Role    Role      `json:"role"`
	Remote  string    `json:"remote"`
	Encoder string    `json:"encoder,omitempty"`
	Since   time.Time `json:"since"`
}

// VideoStatus tells of the video track.
type VideoStatus struct {
	Codec   media.Codec `json:"codec"`
	Profile string      `json:"profile,omitempty"`
	Level   string      `json:"level,omitempty"`
	Width   int         `json:"width,omitempty"`
	Height  int         `json:"height,omitempty"`
	// FrameRate is measured, in frames per second.
	FrameRate float64 `json:"frame_rate"`
}

// AudioStatus tells of the audio track.
type AudioStatus struct {
	Codec      media.Codec `json:"codec"`
	Profile    string      `json:"profile,omitempty"`
	SampleRate int         `json:"sample_rate,omitempty"`
	Channels   int         `json:"channels,omitempty"`
}

// Status returns the state of all streams, in the order of the configuration.
func (r *Relay) Status() []StreamStatus {
	out := []StreamStatus{}
	for _, c := range r.all() {
		out = append(out, c.status())
	}
	return out
}

// all are the channels in the order of the configuration.
func (r *Relay) all() (all []*channel) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range r.order {
		if c := r.channels[name]; c != nil {
			all = append(all, c.channel)
		}
	}
	return all
}

// life is what the metrics tell of a channel.
func (c *channel) life() (State, counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state, c.counts
}

func (c *channel) status() StreamStatus {
	stats, destinations := c.stream.Stats(), c.set.Status()
	s := StreamStatus{
		Name: c.name, Bitrate: stats.Bitrate, KeyframeInterval: stats.KeyframeInterval.Seconds(),
		Bytes: stats.Bytes, Packets: map[string]uint64{}, Recording: c.record.status(),
	}
	for kind, n := range stats.Packets {
		s.Packets[kind.String()] = n
	}
	if v := stats.Video; v != nil {
		s.Video = &VideoStatus{v.Codec, v.Profile, v.Level, v.Width, v.Height, stats.FrameRate}
	}
	if a := stats.Audio; a != nil {
		s.Audio = &AudioStatus{a.Codec, a.Profile, a.SampleRate, a.Channels}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.State, s.Since = c.state, c.since
	s.Drops, s.Takeovers, s.Switches = c.counts.drops, c.counts.takeovers, c.counts.switches
	if c.air != nil {
		s.Publisher, s.Measured = c.air.status(), measured(stats.Recent)
	}
	for _, role := range []Role{Primary, Backup} {
		if i := c.encoders[role]; i != nil && i != c.air {
			s.Standby = append(s.Standby, *i.status())
		}
	}
	if c.hold != nil {
		s.Hold = c.hold.status()
	}
	s.Destinations = inspect(destinations, c.conf.Destinations, stats, s.Publisher != nil, time.Now())
	return s
}

// Action is something that an operator does to a destination at run time.
type Action string

// The actions. Enable and Disable hold until the configuration changes.
const (
	Enable  Action = "enable"
	Disable Action = "disable"
	Retry   Action = "retry"
)

var (
	// ErrNotFound is for a stream or destination that is not configured.
	ErrNotFound = errors.New("not found")
	// ErrNotConnected is for an encoder that is not there.
	ErrNotConnected = errors.New("not connected")
)

// Switch puts a stream's encoder of this role on air, at its next keyframe, until
// that is lost or the operator says otherwise.
func (r *Relay) Switch(stream string, role Role) error {
	c, err := r.find(stream)
	if err != nil {
		return err
	}
	return c.switchTo(role)
}

// Position is how far a stream has come on its timeline: the time of its newest
// video packet, or of the newest audio packet where there is no video. While
// nothing is live it is the last known one. It is false before there is any, and
// for a stream that is not configured.
func (r *Relay) Position(stream string) (at time.Duration, ok bool) {
	c, err := r.find(stream)
	if err != nil {
		return 0, false
	}
	return c.stream.Position()
}

func (r *Relay) find(stream string) (*channel, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.channels[stream]; c != nil {
		return c.channel, nil
	}
	return nil, fmt.Errorf("stream %q: %w", stream, ErrNotFound)
}

// Control does an action to a destination.
func (r *Relay) Control(stream, name string, action Action) error {
	c, err := r.find(stream)
	if err != nil {
		return err
	}
	d := c.set.Get(name)
	if d == nil {
		return fmt.Errorf("destination %q of stream %s: %w", name, stream, ErrNotFound)
	}
	switch action {
	case Enable:
		d.Enable()
	case Disable:
		d.Disable()
	case Retry:
		d.Retry()
	default:
		return fmt.Errorf("action %q is not one of enable, disable, retry", action)
	}
	return nil
}
