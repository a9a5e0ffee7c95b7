package rtmp_test

import (
	"bytes"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

func TestSessionConnect(t *testing.T) {
	s := open(t, rtmp.ServerConfig{})
	e := greeted(t, s.addr)
	many := []any{"hvc1", "av01", "*", "long name", "", 7, nil}
	for range 100 {
		many = append(many, "vp09")
	}
	e.say(0, "connect", 1, map[string]any{"app": "old", "fourCcList": []any{"Opus"}})
	e.hear("_result")
	e.say(0, "connect", 9, map[string]any{"app": "live", "flashVer": strings.Repeat("v", 1000), "fourCcList": many})
	c := e.hear("_result")
	if c.Txn != 9 {
		t.Errorf("answered transaction %d", c.Txn)
	}
	list, _ := c.Object(0)["fourCcList"].([]any)
	if len(list) != 32 || !reflect.DeepEqual(list[:4], []any{"hvc1", "av01", "*", "vp09"}) || c.Object(0)["capsEx"] != 2.0 {
		t.Errorf("answered %v", c.Object(0))
	}
	if level, code, _ := c.Status(); level != "status" || code != "NetConnection.Connect.Success" {
		t.Errorf("answered %s %s", level, code)
	}
	e.say(1, "publish", 0, nil, "key", "live")
	e.hear("onStatus")
	r := (<-s.recorders).request
	if r.App != "live" || r.Key.Reveal() != "key" || len(r.Encoder) != 128 || len(r.FourCCs) != 32 || r.Remote.String() != e.nc.LocalAddr().String() {
		t.Errorf("request %+v", r)
	}
}

// TestSessionMedia: what is sent arrives as it is, in order; what has no meaning is passed over.
func TestSessionMedia(t *testing.T) {
	s := open(t, rtmp.ServerConfig{})
	e := greeted(t, s.addr)
	if err := e.Write(frame(1, 10)); err != nil { // before publish: means nothing
		t.Fatal(err)
	}
	e.say(0, "_checkbw", 8, nil)
	e.hear("_result")
	e.say(0, "somethingElse", 9, nil, "x")
	e.connect("live")
	amf3, _ := rtmp.NewCommand(1, "publish", 5, nil, "key", "live")
	amf3.Type, amf3.Body = rtmp.TypeCommandAMF3, append([]byte{0}, amf3.Body...)
	if err := e.Write(amf3); err != nil {
		t.Fatal(err)
	}
	e.hear("onStatus")
	rec := <-s.recorders
	metadata := []byte("\x02\x00\x0aonMetaData\x05")
	err := e.Write(
		rtmp.Message{Type: rtmp.TypeData, StreamID: 1, Body: rtmp.SetDataFrame(metadata)},
		rtmp.Message{Type: rtmp.TypeData, StreamID: 1, Time: 1, Body: metadata},
		frame(1<<32-1, 300_000),
		rtmp.Message{Type: rtmp.TypeCommand, StreamID: 1, Body: []byte("no AMF at all")},
		rtmp.Message{Type: 99, Body: []byte{1}},
		rtmp.Message{Type: rtmp.TypeAudio, StreamID: 1, Time: 5, Body: []byte{0xAF, 1}},
		rtmp.Message{Type: rtmp.TypeAudio, StreamID: 1, Time: 6},
	)
	if err != nil {
		t.Fatal(err)
	}
	e.say(1, "publish", 6, nil, "again", "live")
	e.say(1, "deleteStream", 7, nil, 1)
	rec.wantClosed(t, true)
	want := []packet{
		{media.Data, 0, metadata}, {media.Data, 1, metadata}, {media.Video, 1<<32 - 1, bytes.Repeat([]byte{0x27}, 300_000)},
		{media.Audio, 5, []byte{0xAF, 1}}, {media.Audio, 6, []byte{}},
	}
	if got := rec.received(); !reflect.DeepEqual(got, want) {
		t.Errorf("received %d packets unlike the %d sent", len(got), len(want))
	}
	if len(s.recorders) != 0 {
		t.Error("a second publish on the same connection was let in")
	}
}

// TestSessionKey: encoders put the key where their fields let them.
func TestSessionKey(t *testing.T) {
	for _, tt := range []struct{ name, app, stream, wantApp, wantKey string }{
		{"in its field", "live", "key", "live", "key"},
		{"with a query", "live", "key?a=b/c", "live", "key?a=b/c"},
		{"in the URL", "live/key", "", "live", "key"},
		{"in a longer URL", "a/b/key", "", "a/b", "key"},
		{"in the URL, with a query", "live/key?a=b/c", "", "live", "key?a=b/c"},
		{"nowhere", "live", "", "live", ""},
		{"app with a query", "live2?backup=1", "key", "live2?backup=1", "key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, rtmp.ServerConfig{})
			e := greeted(t, s.addr)
			e.connect(tt.app)
			e.say(1, "publish", 5, nil, tt.stream, "live")
			e.hear("onStatus")
			if r := (<-s.recorders).request; r.App != tt.wantApp || r.Key.Reveal() != tt.wantKey {
				t.Errorf("app %q, key %q", r.App, r.Key.Reveal())
			}
		})
	}
}

// TestSessionEnds: a goodbye is told from a drop.
func TestSessionEnds(t *testing.T) {
	command := func(name string) func(*encoder) {
		return func(e *encoder) { e.say(1, name, 6, nil, "key"); e.wantEnd() }
	}
	for _, tt := range []struct {
		name    string
		end     func(*encoder)
		goodbye bool
	}{
		{"FCUnpublish", command("FCUnpublish"), true},
		{"deleteStream", command("deleteStream"), true},
		{"closeStream", command("closeStream"), true},
		{"all of them and a close, as OBS does", func(e *encoder) {
			e.say(1, "FCUnpublish", 6, nil, "key")
			e.say(1, "deleteStream", 7, nil, 1)
			_ = e.nc.Close()
		}, true},
		{"end of file", func(e *encoder) { _ = e.nc.Close() }, false},
		{"reset", func(e *encoder) { _ = e.nc.(*net.TCPConn).SetLinger(0); _ = e.nc.Close() }, false},
		{"end within a message", func(e *encoder) {
			_, _ = e.nc.Write([]byte{4, 0, 0, 0, 0, 0, 200, 8, 1, 0, 0, 0, 1, 2, 3})
			_ = e.nc.Close()
		}, false},
		{"nonsense", func(e *encoder) { _, _ = e.nc.Write(bytes.Repeat([]byte{0xFF}, 100)); e.wantEnd() }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, rtmp.ServerConfig{})
			e, rec := s.publish(t, "key")
			if err := e.Write(frame(0, 100)); err != nil {
				t.Fatal(err)
			}
			tt.end(e)
			rec.wantClosed(t, tt.goodbye)
			if got := rec.received(); len(got) != 1 {
				t.Errorf("received %d packets", len(got))
			}
		})
	}
}

// TestSessionRefusals: an encoder is told why, in words; what went wrong inside is not its business.
func TestSessionRefusals(t *testing.T) {
	full := &rtmp.Refusal{Code: rtmp.CodeBadName, Description: "a newer encoder has taken over"}
	for _, tt := range []struct {
		name       string
		refuse     func(*studio, *encoder) // after createStream
		code, text string                  // "" is a close without a word
	}{
		{"no such key", func(_ *studio, e *encoder) { e.say(1, "publish", 5, nil, "denied", "live") }, rtmp.CodeDenied, "no such key"},
		{"an inner error", func(_ *studio, e *encoder) { e.say(1, "publish", 5, nil, "broken", "live") }, "", ""},
		{"play", func(_ *studio, e *encoder) { e.say(1, "play", 5, nil, "key") }, "NetStream.Play.Failed", "does not play"},
		{"taken over", func(s *studio, e *encoder) {
			e.say(1, "publish", 5, nil, "key", "live")
			e.hear("onStatus")
			(<-s.recorders).end(full)
		}, rtmp.CodeBadName, "a newer encoder has taken over"},
		{"taken over while it sends", func(s *studio, e *encoder) {
			e.say(1, "publish", 5, nil, "key", "live")
			e.hear("onStatus")
			for range 20 {
				_ = e.Write(frame(0, 60_000))
			}
			rec := <-s.recorders
			go rec.end(full)
			for range 20 {
				_ = e.Write(frame(0, 20_000))
			}
		}, rtmp.CodeBadName, "a newer encoder has taken over"},
		{"ended without a reason", func(s *studio, e *encoder) {
			e.say(1, "publish", 5, nil, "key", "live")
			e.hear("onStatus")
			(<-s.recorders).end(nil)
		}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, rtmp.ServerConfig{})
			e := greeted(t, s.addr)
			e.connect("live")
			tt.refuse(s, e)
			if tt.code != "" {
				level, code, text := e.hear("onStatus").Status()
				if level != "error" || code != tt.code || !strings.Contains(text, tt.text) {
					t.Errorf("told %s %s %s", level, code, text)
				}
				if n := s.metric(t, "hawker_ingest_refused_total"); n != 1 {
					t.Errorf("%v refusals counted", n)
				}
			}
			if m, err := e.ReadMessage(); err == nil {
				c, _ := rtmp.ParseCommand(m.Body)
				t.Errorf("then it said %v", c)
			} else if tt.code != "" && errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
	}
}

// TestSessionIngestErrors: an ingest that has had enough ends its session.
func TestSessionIngestErrors(t *testing.T) {
	for name, err := range map[string]error{
		"refusal": &rtmp.Refusal{Code: rtmp.CodeRejected, Description: "the stream is too large"},
		"other":   errNotShown,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, rtmp.ServerConfig{Publish: failing(func(media.Kind) error { return err })})
			e := greeted(t, s.addr)
			e.connect("live")
			e.say(1, "publish", 5, nil, "key", "live")
			e.hear("onStatus")
			_ = e.Write(frame(0, 10))
			if name == "refusal" {
				if _, code, _ := e.hear("onStatus").Status(); code != rtmp.CodeRejected {
					t.Errorf("told %s", code)
				}
			}
			e.wantEnd()
		})
	}
}
