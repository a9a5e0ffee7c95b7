package playback_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// record is a stage on which a source has been on while a feed was open, with
// what was sent and what came out.
func record(t *testing.T, source relaytest.Source, length time.Duration, then func(t *testing.T, sent []flv.Tag, got []byte, f *follower)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t)
		defer g.stop()
		kept := &recorded{Source: &until{source, length}}
		g.encoders.Go(func() {
			_ = run(g.out, kept)
			g.stream.End()
		})
		time.Sleep(1500 * time.Millisecond)
		v := g.view()
		f := follow(g)
		f.all()
		<-v.done // the feed ends with the broadcast
		then(t, kept.tags, v.bytes(), f)
	})
}

// TestFeedHasEveryFrame compares what came out with what went in.
func TestFeedHasEveryFrame(t *testing.T) {
	synthetic := relaytest.Synthetic{VideoBitrate: 300_000}
	odd := func(edit func(flv.Tag) []flv.Tag) relaytest.Source {
		return &edited{Source: synthetic.Source(), edit: edit}
	}
	fast := synthetic
	fast.FPS = 60
	tests := map[string]relaytest.Source{
		"the clip":  theClip(t).Source(),
		"60 frames": fast.Source(),
		"composition before decoding": odd(func(tag flv.Tag) []flv.Tag {
			if tag.Kind == media.Video && !isHeader(tag, media.Video) {
				copy(tag.Body[2:5], []byte{0xFF, 0xFF, 0xD8}) // -40 ms
			}
			return []flv.Tag{tag}
		}),
		"what is no frame": odd(func(tag flv.Tag) []flv.Tag {
			if !isKeyframe(tag) {
				return []flv.Tag{tag}
			}
			return []flv.Tag{
				{Kind: media.Video, Time: tag.Time}, {Kind: media.Audio, Time: tag.Time}, {Kind: media.Video, Time: tag.Time, Body: []byte{0x17, 2, 0, 0, 0}},
				{Kind: media.Video, Time: tag.Time, Body: []byte{0x2e, 1, 2, 3}}, {Kind: media.Data, Time: tag.Time, Body: []byte("\x02\x00\x06onCuePoint\x05")}, tag,
			}
		}),
		"headers again and again": repeatHeaders(synthetic.Source()),
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record(t, source, 7*time.Second, func(t *testing.T, sent []flv.Tag, got []byte, f *follower) {
				samples, headers := unwrap(t, got)
				if len(headers) != 1 || f.breaks != 0 {
					t.Errorf("%d headers and %d discontinuities, want 1 and none", len(headers), f.breaks)
				}
				video := checkContinuous(t, samples, media.Video, 0)
				checkSame(t, video, sent, 0)
				audio := checkContinuous(t, samples, media.Audio, 200*time.Microsecond)
				checkSame(t, audio, sent, 0)
				if video[len(video)-1].dts < 6900*time.Millisecond || audio[len(audio)-1].dts < 6900*time.Millisecond {
					t.Errorf("the last are %v and %v", video[len(video)-1], audio[len(audio)-1])
				}
			})
		})
	}
}

// repeatHeaders sends both headers again before each keyframe.
func repeatHeaders(source relaytest.Source) relaytest.Source {
	var heads []flv.Tag
	return &edited{Source: source, edit: func(tag flv.Tag) []flv.Tag {
		switch {
		case isHeader(tag, media.Video) || isHeader(tag, media.Audio):
			heads = append(heads, tag)
		case isKeyframe(tag):
			var out []flv.Tag
			for _, h := range heads {
				h.Time = tag.Time
				out = append(out, h)
			}
			return append(out, tag)
		}
		return []flv.Tag{tag}
	}}
}

// TestFeedBeginsAtTheNewestKeyframe joins in the middle.
func TestFeedBeginsAtTheNewestKeyframe(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		g.session()
		synctest.Wait()
		v := g.view()
		synctest.Wait()
		samples, _ := unwrap(t, v.bytes())
		if first := samples[0]; first.kind != media.Video || !first.key || first.dts != 4*time.Second {
			t.Errorf("the first is %v, want the keyframe at 4 s", first)
		}
		if last := samples[len(samples)-1]; last.dts < 4900*time.Millisecond {
			t.Errorf("5.01 s have been sent, the last that came is %v", last)
		}
		if got := v.head.Get("Content-Type"); got != `video/mp4; codecs="avc1.640028,mp4a.40.2"` {
			t.Errorf("Content-Type %s", got)
		}
		epoch, known := g.server.Epoch()
		told, err := strconv.ParseInt(v.head.Get("Hawker-Epoch"), 10, 64)
		if began := time.Now().Add(-5010 * time.Millisecond); err != nil || !known || !epoch.Equal(began) || told != began.UnixMilli() {
			t.Errorf("media time 0 was at %v (%d), want %v", epoch, told, began)
		}
		v.close()
	})
}

// TestSlowViewerSkipsToAKeyframe has a viewer that takes nothing for a while.
func TestSlowViewerSkipsToAKeyframe(t *testing.T) {
	bubble(t, func(t *testing.T, g *stage) {
		gate := make(chan struct{})
		v := g.viewAfter(gate)
		time.Sleep(20 * time.Second)
		close(gate)
		time.Sleep(time.Second)
		synctest.Wait()
		samples, _ := unwrap(t, v.bytes())
		var video []sample
		for _, s := range samples {
			if s.kind == media.Video {
				video = append(video, s)
			}
		}
		jumps := 0
		for i := 1; i < len(video); i++ {
			if gap := video[i].dts - video[i-1].dts; gap > 100*time.Millisecond {
				jumps++
				if !video[i].key {
					t.Errorf("goes on at %v, which is no keyframe", video[i])
				}
			}
		}
		if jumps != 1 || video[len(video)-1].dts < 25900*time.Millisecond {
			t.Errorf("%d jumps, the last is %v", jumps, video[len(video)-1])
		}
		v.close()
	})
}

// TestUnsupportedCodecsAreNamed asks for streams that no browser plays.
func TestUnsupportedCodecsAreNamed(t *testing.T) {
	vp9 := func(tag flv.Tag) []flv.Tag {
		if tag.Kind == media.Video {
			copy(tag.Body[1:], "vp09")
		}
		return []flv.Tag{tag}
	}
	mp3 := func(tag flv.Tag) []flv.Tag {
		if tag.Kind != media.Audio {
			return []flv.Tag{tag}
		}
		if isHeader(tag, media.Audio) {
			return nil
		}
		return []flv.Tag{{Kind: media.Audio, Time: tag.Time, Body: append([]byte{0x2f}, tag.Body[2:]...)}}
	}
	short := func(tag flv.Tag) []flv.Tag {
		if isHeader(tag, media.Video) {
			tag.Body[9] = 0xfd
		}
		return []flv.Tag{tag}
	}
	cut := func(tag flv.Tag) []flv.Tag {
		if isHeader(tag, media.Video) {
			tag.Body = tag.Body[:12]
		}
		return []flv.Tag{tag}
	}
	enhanced := lively
	enhanced.FourCC = "hvc1"
	tests := map[string]struct {
		source relaytest.Source
		edit   func(flv.Tag) []flv.Tag
		want   string
	}{
		"VP9":                  {enhanced.Source(), vp9, "its video is VP9; H.264, HEVC or AV1 is needed"},
		"MP3":                  {lively.Source(), mp3, "its audio is MP3; AAC or Opus is needed"},
		"lengths of two bytes": {lively.Source(), short, "lengths of 2 bytes"},
		"a header cut short":   {lively.Source(), cut, "cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := raise(t)
				defer g.stop()
				g.play(&edited{Source: test.source, edit: test.edit})
				time.Sleep(3 * time.Second)
				for _, path := range []string{"/index.m3u8", "/live.mp4", "/index.m3u8"} {
					if w := g.get(path); w.Code != http.StatusUnsupportedMediaType || !strings.Contains(w.Body.String(), test.want) {
						t.Errorf("%s: %d %s, want %q", path, w.Code, w.Body, test.want)
					}
				}
			})
		})
	}
}
