package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config"
	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/admin"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/keyage"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/preflight"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// adminServer stands for a running server: it answers what a test says, the
// last answer again and again.
type adminServer struct {
	answers [][]relay.StreamStatus
	asked   atomic.Int64
	status  int
}

// fakeAdmin listens where the configuration says.
func fakeAdmin(t *testing.T, conf string, answers ...[]relay.StreamStatus) *adminServer {
	t.Helper()
	c, err := config.Load(conf, configOptions())
	must(t, err)
	ln, err := net.Listen("tcp", c.Admin.Listen)
	must(t, err)
	a := &adminServer{answers: answers, status: http.StatusOK}
	srv := &http.Server{Handler: a}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return a
}

func (a *adminServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n := min(int(a.asked.Add(1)), len(a.answers)) - 1
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(admin.Streams{Streams: a.answers[max(0, n)]})
}

// liveStream is main, measured for this long, with destinations that are live.
func liveStream(seconds float64, destinations ...relay.DestinationStatus) relay.StreamStatus {
	for i := range destinations {
		d := &destinations[i]
		d.Stream, d.Enabled, d.State, d.BitrateOut, d.ConnectedSince = "main", true, destination.Live, 6.1e6, time.Now().Add(-time.Minute)
	}
	return relay.StreamStatus{Name: "main", State: relay.Live,
		Video:        &relay.VideoStatus{Codec: media.H264, Profile: "High", Level: "4.1", Width: 1920, Height: 1080, FrameRate: 30},
		Audio:        &relay.AudioStatus{Codec: media.AAC, Profile: "LC", SampleRate: 48000, Channels: 2},
		Measured:     &relay.Measured{Seconds: seconds, VideoBitrate: 6e6, AudioBitrate: 128e3, KeyframeInterval: 2, BFrames: true},
		Destinations: destinations}
}

func named(name string, problems ...preflight.Problem) relay.DestinationStatus {
	return relay.DestinationStatus{Status: destination.Status{Name: name}, Preflight: problems}
}

func checkLive(t *testing.T, answers ...[]relay.StreamStatus) (code int, out, errOut string) {
	t.Helper()
	conf := checkYAML(t, `{name: a, url: "rtmp://127.0.0.1:1/live", key: key-of-a}`)
	fakeAdmin(t, conf, answers...)
	return command(t.Context(), "", "-c", conf, "check", "--live")
}

func TestCheckLive(t *testing.T) {
	refused := preflight.Problem{Severity: preflight.Refused, Code: preflight.VideoBitrate, Text: "The video has too much.", Fix: "OBS: less"}
	warning := preflight.Problem{Severity: preflight.Warning, Code: preflight.KeyAge, Text: "The key is old.", Fix: "Get a new one"}
	behind := named("behind")
	behind.Lag = 2300 * time.Millisecond
	off := liveStream(10, named("fine"), named("off", refused))
	off.Destinations[1].Enabled, off.Destinations[1].State, off.Destinations[1].ConnectedSince = false, destination.Off, time.Time{}
	down := liveStream(10, named("down"))
	down.Destinations[0].State, down.Destinations[0].Error, down.Destinations[0].ConnectedSince = destination.Refused, "the platform refused the stream key", time.Time{}
	idle := relay.StreamStatus{Name: "second", State: relay.Idle, Destinations: []relay.DestinationStatus{named("fb", warning), named("yt")}}
	for i := range idle.Destinations {
		idle.Destinations[i].Enabled = true
	}
	for _, tt := range []struct {
		name    string
		streams []relay.StreamStatus
		code    int
		says    []string
	}{
		{"fine", []relay.StreamStatus{liveStream(10, named("yt"), named("tw"))}, exitOK, []string{
			"main is live; the last 10 s:\n  video  H264 High 4.1 1920x1080 30 fps with B-frames, 6000 kb/s, keyframes up to 2.0 s apart\n  audio  AAC LC 48 kHz 2 ch, 128 kb/s\n",
			"  fine             main/yt\n  fine             main/tw\n",
			"Upload needed: 2 destinations x 6.1 Mb/s = 12.3 Mb/s. The platforms take 12.2 Mb/s now.\n"}},
		{"warnings alone", []relay.StreamStatus{liveStream(10, named("fb", warning))}, exitOK, []string{
			"  warning          main/fb\n      The key is old.\n      -> Get a new one\n"}},
		{"refused", []relay.StreamStatus{liveStream(10, named("yt"), named("tw", refused, warning))}, exitFailure, []string{
			"  fine             main/yt\n  will be refused  main/tw\n      The video has too much.\n      -> OBS: less\n      The key is old. (warning)\n",
			"Error: 1 destination will be refused\n"}},
		{"a slow upload", []relay.StreamStatus{liveStream(10, behind)}, exitOK, []string{
			"  warning          main/behind\n      It takes 6.1 of 6.1 Mb/s and is 2.3 s behind."}},
		{"a disabled one is told, and no failure", []relay.StreamStatus{off}, exitOK, []string{"  will be refused  main/off (disabled)\n", "Upload needed: 1 destination x"}},
		{"refused by the platform now", []relay.StreamStatus{down}, exitFailure, []string{
			"  will be refused  main/down\n      It is refused now.\n      -> the platform refused the stream key\n", "The platforms take nothing now."}},
		{"another stream is idle", []relay.StreamStatus{liveStream(10, named("yt")), idle}, exitOK, []string{
			"second is idle: not measured\n  warning          second/fb\n", "Upload needed: 1 destination x"}},
		{"nothing is live", []relay.StreamStatus{idle}, exitFailure, []string{"Error: nothing is live, so there is nothing to measure: press Start Streaming in OBS"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errOut := checkLive(t, tt.streams)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for _, want := range tt.says {
				if !strings.Contains(out+errOut, want) {
					t.Errorf("lacks %q:\n%s%s", want, out, errOut)
				}
			}
			if strings.Contains(out, "second/yt") || strings.Contains(out, "Measuring") {
				t.Errorf("too much:\n%s", out)
			}
		})
	}
}

// TestCheckLiveWaits has a stream that has just begun, and a destination that
// skips packets meanwhile.
func TestCheckLiveWaits(t *testing.T) {
	t.Parallel()
	early, late := liveStream(9, named("yt")), liveStream(10, named("yt"))
	early.Destinations[0].Dropped, late.Destinations[0].Dropped = 100, 190
	code, out, errOut := checkLive(t, []relay.StreamStatus{early}, []relay.StreamStatus{early}, []relay.StreamStatus{late})
	if code != exitOK || !strings.Contains(out, "Measuring what is live for 10 s") || !strings.Contains(out, "; 90 packets were skipped meanwhile.") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
}

func TestCheckLiveWhenTheEncoderLeaves(t *testing.T) {
	t.Parallel()
	code, _, errOut := checkLive(t, []relay.StreamStatus{liveStream(3)}, []relay.StreamStatus{{Name: "main", State: relay.Holding}})
	if code != exitFailure || !strings.Contains(errOut, "nothing is live") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
}

// TestPreflightOfARunningServer goes all the way: an encoder with keyframes too
// far apart, a key that was noted yesterday, ten measured seconds.
func TestPreflightOfARunningServer(t *testing.T) {
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	data := t.TempDir()
	book, err := keyage.Open(data)
	must(t, err)
	must(t, book.See(time.Now().Add(-21*time.Hour), secret.New("key-of-fb")))
	yaml := fmt.Sprintf(`{ingest: {rtmp: "127.0.0.1:0"}, admin: {listen: "ADMIN"}, public: {listen: "PUBLIC"}, data: %q, streams: [{name: main, key: %s, destinations: [
  {name: fb, platform: facebook, url: %q, key: key-of-fb},
  {name: own, url: %q, key: key-of-own}]}]}`, data, mainKey, p.URL(), p.URL())
	h := serve(t, yaml)
	code, out, _ := h.command("", "check")
	if want := "  warning          main/fb\n      The stream key was first seen 21 h ago"; code != exitOK || !strings.Contains(out, want) {
		t.Errorf("check: exit code %d, want 0 and %q:\n%s", code, want, out)
	}
	h.metric(`hawker_destination_preflight_problems{destination="fb",severity="warning",stream="main"} 1`)
	relaytest.StartEncoder(h.ctx, t, relaytest.EncoderConfig{
		Target: rtmp.Target{Server: "rtmp://" + h.rtmp + "/live", Key: secret.New(mainKey)},
		Source: relaytest.Synthetic{GOP: 5 * time.Second, VideoBitrate: 800_000, BFrames: true}.Source(),
	})
	h.session(p, 1, 10)
	code, out, errOut := h.command("", "check", "--live")
	if code != exitFailure || errOut != "Error: 1 destination will be refused\n" {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	for _, want := range []string{
		"Measuring what is live for 10 s", "main is live; the last 10 s:", " 30 fps with B-frames, ", "keyframes up to 5.0 s apart", "AAC LC 48 kHz 2 ch, 12",
		"  will be refused  main/fb\n      Keyframes are up to 5.0 s apart; Facebook takes at most 4 s.\n      -> OBS: Settings > Output > Streaming > Keyframe Interval: 2 s\n",
		"  fine             main/own\n", "Upload needed: 2 destinations x ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("check --live lacks %q:\n%s", want, out)
		}
	}
	_, status, _ := h.command("", "status")
	if want := "  ! fb, will be refused: Keyframes are up to 5.0 s apart"; !strings.Contains(status, want) {
		t.Errorf("status lacks %q:\n%s", want, status)
	}
	h.metric(`hawker_destination_preflight_problems{destination="fb",severity="refused",stream="main"} 1`)
	h.metric(`hawker_destination_preflight_problems{destination="own",severity="refused",stream="main"} 0`)

	// A key that replaces the old one is new.
	h.write(strings.ReplaceAll(yaml, "key: key-of-fb", "key: new-key-of-fb"))
	h.log.wait(h.ctx, t, "configuration in force", 1)
	file, err := os.ReadFile(data + "/" + keyage.File)
	must(t, err)
	book, err = keyage.Open(data)
	must(t, err)
	if seen := book.FirstSeen(secret.New("new-key-of-fb")); time.Since(seen) > time.Minute || strings.Contains(string(file), "key-of-") {
		t.Errorf("the new key was seen at %v, in %s", seen, file)
	}
	_, out, _ = h.command("", "check")
	if strings.Contains(out, "first seen") {
		t.Errorf("still told of the old key:\n%s", out)
	}
}

// streams asks the server.
func (h *hawker) streams() []relay.StreamStatus {
	h.t.Helper()
	var s admin.Streams
	must(h.t, json.Unmarshal([]byte(h.get("/api/v1/streams")), &s))
	return s.Streams
}
