package relay

import (
	"encoding/json"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/platform"
	"github.com/hawker-live/hawker/relay/preflight"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
)

// DestinationStatus is a destination's status with what its platform will not
// like about the stream or the key.
type DestinationStatus struct {
	destination.Status
	// Platform is an id of the catalogue; empty for a plain server.
	Platform string
	// Preflight are the problems, the worst ones first: of a destination that
	// is disabled too, so that a show can be rehearsed without it.
	Preflight []preflight.Problem
}

// findings is what DestinationStatus has more, in JSON.
type findings struct {
	Platform  string              `json:"platform,omitempty"`
	Preflight []preflight.Problem `json:"preflight"`
}

// MarshalJSON puts the findings beside the fields of destination.Status, whose
// own method would leave them out.
func (s DestinationStatus) MarshalJSON() ([]byte, error) {
	status, err := json.Marshal(s.Status)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(findings{s.Platform, append([]preflight.Problem{}, s.Preflight...)})
	if err != nil {
		return nil, err
	}
	status[len(status)-1] = ',' // both are objects, and neither is empty
	return append(status, more[1:]...), nil
}

// UnmarshalJSON reads what MarshalJSON has written.
func (s *DestinationStatus) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &s.Status); err != nil {
		return err
	}
	var f findings
	err := json.Unmarshal(b, &f)
	s.Platform, s.Preflight = f.Platform, f.Preflight
	return err
}

// Measured is what the encoder has sent in the last seconds.
type Measured struct {
	// Seconds is over how many, ten at most.
	Seconds float64 `json:"seconds"`
	// VideoBitrate and AudioBitrate are means in bits per second.
	VideoBitrate float64 `json:"video_bitrate"`
	AudioBitrate float64 `json:"audio_bitrate"`
	// KeyframeInterval is the longest, in seconds.
	KeyframeInterval float64 `json:"longest_keyframe_interval_seconds"`
	BFrames          bool    `json:"b_frames"`
}

func measured(r stream.Recent) *Measured {
	return &Measured{r.Span.Seconds(), r.VideoBitrate, r.AudioBitrate, r.KeyframeInterval.Seconds(), r.BFrames}
}

// inspect adds the findings to the statuses of a stream's destinations. live is
// whether an encoder sends; without one there is nothing to measure.
func inspect(all []destination.Status, wanted []Destination, st stream.Stats, live bool, now time.Time) []DestinationStatus {
	configured := map[string]Destination{}
	for _, d := range wanted {
		configured[d.Name] = d
	}
	out := make([]DestinationStatus, 0, len(all))
	for _, s := range all {
		d := configured[s.Name]
		out = append(out, DestinationStatus{s, d.Platform, preflight.Check(facts(d, s, st, live, now))})
	}
	return out
}

func facts(d Destination, s destination.Status, st stream.Stats, live bool, now time.Time) preflight.Facts {
	f := preflight.Facts{KeyAge: age(d.KeySeen, now), Accepted: !s.ConnectedSince.IsZero(), Metadata: d.Decorator != nil}
	f.Platform, _ = platform.Lookup(d.Platform)
	if st.Live {
		f.On = age(st.Began, now)
	}
	if live {
		rate := st.Recent.FrameRate
		if rate == 0 {
			rate = st.FrameRate
		}
		f.Stream = &preflight.Stream{
			Span: st.Recent.Span, Video: st.Video, Audio: st.Audio,
			VideoBitrate: st.Recent.VideoBitrate, AudioBitrate: st.Recent.AudioBitrate,
			FrameRate: rate, KeyframeInterval: st.Recent.KeyframeInterval,
		}
	}
	return f
}

func age(since, now time.Time) time.Duration {
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since))
}

var problemsDesc = prometheus.NewDesc("hawker_destination_preflight_problems",
	"What the platform will not like about the stream or the key: refused is what it will not take.",
	[]string{"stream", "destination", "severity"}, nil)

// preflightMetrics counts the problems at each scrape. A destination that is
// disabled has none that anybody should be woken for.
type preflightMetrics struct{ relay *Relay }

// Describe is for prometheus.
func (m preflightMetrics) Describe(out chan<- *prometheus.Desc) { out <- problemsDesc }

// Collect is for prometheus.
func (m preflightMetrics) Collect(out chan<- prometheus.Metric) {
	for _, s := range m.relay.Status() {
		for _, d := range s.Destinations {
			for _, severity := range preflight.Severities() {
				n := 0
				if d.Enabled {
					n = preflight.Count(d.Preflight, severity)
				}
				out <- prometheus.MustNewConstMetric(problemsDesc, prometheus.GaugeValue, float64(n), s.Name, d.Name, string(severity))
			}
		}
	}
}
