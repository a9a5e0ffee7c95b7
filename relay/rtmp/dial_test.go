package rtmp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/rtmp"
)

const key = "canary-k3y/ä?x=1&y=2"

func target(server string) rtmp.Target {
	return rtmp.Target{Server: server, Key: secret.New(key)}
}

// refusesKey fails the test when text holds the key in any spelling that is
// worth looking for.
func refusesKey(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("the key is told: %s", text)
	}
}

// failed wants a *DialError of the step for the host, and returns it.
func failed(t *testing.T, p *rtmp.Publisher, err error, step rtmp.Step, host string) *rtmp.DialError {
	t.Helper()
	if p != nil {
		_ = p.Close()
	}
	var d *rtmp.DialError
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want a DialError", err)
	}
	if d.Step != step || d.Host != host || !strings.HasPrefix(err.Error(), host) {
		t.Errorf("failed at %q of %q, want %q of %q: %v", d.Step, d.Host, step, host, err)
	}
	refusesKey(t, err.Error())
	return d
}

func TestDialDialogue(t *testing.T) {
	info := func(code, text string) map[string]any {
		return map[string]any{"level": "error", "code": code, "description": text}
	}
	for _, tt := range []struct {
		name   string
		script answers
		step   rtmp.Step
		want   string
		code   string // of the Refusal; "-" is one without
	}{
		{"connect is rejected", answers{"connect": failure(info(rtmp.CodeRejected, "no app "+key))}, rtmp.StepConnect, "no app ***", rtmp.CodeRejected},
		{"connect is rejected by status", answers{"connect": status("error", rtmp.CodeRejected, "")}, rtmp.StepConnect, rtmp.CodeRejected, rtmp.CodeRejected},
		{"connect fails with null", answers{"connect": failure(nil)}, rtmp.StepConnect, "the server refused without a reason", "-"},
		{"the server says close", answers{"connect": func(p *peer, _ rtmp.Command) { p.reply(0, "close", 0) }}, rtmp.StepConnect, "refused without a reason", "-"},
		{"closed after connect", answers{"connect": hangUp}, rtmp.StepConnect, "the server closed the connection", ""},
		{"silent after connect", answers{"connect": silence}, rtmp.StepConnect, "no answer within 100ms", ""},
		{"createStream fails", answers{"createStream": failure(info("NetConnection.Call.Failed", "full"))}, rtmp.StepCreateStream, "full", "NetConnection.Call.Failed"},
		{"createStream fails with null", answers{"createStream": failure(nil)}, rtmp.StepCreateStream, "without a reason", "-"},
		{"closed at createStream", answers{"createStream": hangUp}, rtmp.StepCreateStream, "closed the connection", ""},
		{"silent at createStream", answers{"createStream": silence}, rtmp.StepCreateStream, "no answer within 100ms", ""},
		{"bad name", answers{"publish": status("error", rtmp.CodeBadName, "stream "+key+" is live")}, rtmp.StepPublish, "stream *** is live", rtmp.CodeBadName},
		{"bad name, escaped", answers{"publish": status("error", rtmp.CodeBadName, "canary-k3y%2F%c3%a4 is live")}, rtmp.StepPublish, "*** is live", rtmp.CodeBadName},
		{"the key in the code", answers{"publish": status("error", "Bad."+key, "")}, rtmp.StepPublish, "Bad.***", "Bad.***"},
		{"denied", answers{"publish": status("error", rtmp.CodeDenied, "")}, rtmp.StepPublish, rtmp.CodeDenied, rtmp.CodeDenied},
		{"publish fails", answers{"publish": failure(nil)}, rtmp.StepPublish, "without a reason", "-"},
		{"closed at publish", answers{"publish": hangUp}, rtmp.StepPublish, "closed the connection", ""},
		{"silent at publish", answers{"publish": silence}, rtmp.StepPublish, "no answer within 100ms", ""},
		{"another status", answers{"publish": status("status", "NetStream.Publish.Other", "")}, rtmp.StepPublish, "no answer within 100ms", ""},
		{"a command that cannot be read", answers{"connect": func(p *peer, _ rtmp.Command) {
			_ = p.Write(rtmp.Message{Type: rtmp.TypeCommand, Body: []byte(key)})
		}}, rtmp.StepConnect, "protocol error", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pl := scripted(t, tt.script)
			p, err := (&rtmp.Dialer{Timeout: 100 * time.Millisecond}).Publish(t.Context(), target("rtmp://"+pl.addr+"/live"))
			d := failed(t, p, err, tt.step, pl.addr)
			if !strings.Contains(d.Error(), tt.want) {
				t.Errorf("got %v, want %q", d, tt.want)
			}
			var r *rtmp.Refusal
			if refused := errors.As(err, &r); refused != (tt.code != "") {
				t.Errorf("a refusal: %v", refused)
			} else if refused && tt.code != "-" && r.Code != tt.code {
				t.Errorf("refused with %q, want %q", r.Code, tt.code)
			}
		})
	}
}

func TestDialHandshake(t *testing.T) {
	say := func(text string) func(*platform) func(net.Conn) {
		return func(*platform) func(net.Conn) {
			return func(nc net.Conn) {
				_, _ = io.WriteString(nc, text)
				_, _ = io.Copy(io.Discard, nc)
			}
		}
	}
	for _, tt := range []struct {
		name, text, want string
	}{
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "the peer speaks HTTP here"},
		{"TLS alert", "\x15\x03\x01\x00\x02\x02\x46", "the peer speaks TLS here: use rtmps://"},
		{"text", "220 smtp.example.com\r\n", "does not speak RTMP: its first byte is 0x32"},
		{"version 0", "\x00", "does not speak RTMP"},
		{"half a handshake", "\x03" + strings.Repeat("x", 1536), "no answer within 100ms"},
		{"silence", "", "no answer within 100ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pl := start(t, nil, say(tt.text))
			p, err := (&rtmp.Dialer{Timeout: 100 * time.Millisecond}).Publish(t.Context(), target("rtmp://"+pl.addr+"/live"))
			if d := failed(t, p, err, rtmp.StepHandshake, pl.addr); !strings.Contains(d.Error(), tt.want) {
				t.Errorf("got %v, want %q", d, tt.want)
			}
		})
	}
	t.Run("closed at once", func(t *testing.T) {
		pl := start(t, nil, func(*platform) func(net.Conn) {
			return func(nc net.Conn) { _, _ = io.CopyN(io.Discard, nc, 1537) }
		})
		p, err := (&rtmp.Dialer{}).Publish(t.Context(), target("rtmp://"+pl.addr+"/live"))
		if d := failed(t, p, err, rtmp.StepHandshake, pl.addr); !strings.Contains(d.Error(), "the server closed the connection") {
			t.Errorf("got %v", d)
		}
	})
}

func TestDialBeforeTheServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := ln.Addr().String()
	_ = ln.Close()
	noDNS := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}
	slowDNS := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	forbidden := errors.New("this address is not allowed")
	for _, tt := range []struct {
		name   string
		dialer *rtmp.Dialer
		server string
		step   rtmp.Step
		host   string
		want   string
	}{
		{"no URL", &rtmp.Dialer{}, key, rtmp.StepServer, "", "must begin with rtmp://"},
		{"a key in a broken URL", &rtmp.Dialer{}, "rtmp://host:" + key + "/app", rtmp.StepServer, "", "cannot be read"},
		{"no such name", &rtmp.Dialer{Resolver: noDNS}, "rtmp://platform.test/live", rtmp.StepResolve, "platform.test:1935", "lookup platform.test"},
		{"slow names", &rtmp.Dialer{Resolver: slowDNS, Timeout: 100 * time.Millisecond}, "rtmps://platform.test/live", rtmp.StepResolve, "platform.test:443", "no answer within 100ms"},
		{"closed port", &rtmp.Dialer{}, "rtmp://" + closed + "/live", rtmp.StepTCP, closed, "refused"},
		{"forbidden address", &rtmp.Dialer{Control: func(string, string, syscall.RawConn) error { return forbidden }}, "rtmp://" + closed + "/live", rtmp.StepTCP, closed, "not allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.dialer.Publish(t.Context(), target(tt.server))
			if d := failed(t, p, err, tt.step, tt.host); !strings.Contains(d.Error(), tt.want) {
				t.Errorf("got %v, want %q", d, tt.want)
			}
		})
	}
}

// TestDialCancelled: cancelling ends a dial at once, at whatever step, and the
// error is the caller's own.
func TestDialCancelled(t *testing.T) {
	why := errors.New("switched off")
	for _, tt := range []struct {
		name string
		step rtmp.Step
	}{{"connect", rtmp.StepConnect}, {"createStream", rtmp.StepCreateStream}, {"publish", rtmp.StepPublish}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			pl := scripted(t, answers{tt.name: func(*peer, rtmp.Command) { cancel(why) }})
			begun := time.Now()
			p, err := (&rtmp.Dialer{}).Publish(ctx, target("rtmp://"+pl.addr+"/live"))
			failed(t, p, err, tt.step, pl.addr)
			if !errors.Is(err, why) {
				t.Errorf("got %v, want %v", err, why)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	t.Run("before it began", func(t *testing.T) {
		pl := scripted(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		p, err := (&rtmp.Dialer{}).Publish(ctx, target("rtmp://"+pl.addr+"/live"))
		failed(t, p, err, rtmp.StepTCP, pl.addr)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the caller's own deadline", func(t *testing.T) {
		pl := scripted(t, answers{"connect": silence})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		p, err := (&rtmp.Dialer{}).Publish(ctx, target("rtmp://"+pl.addr+"/live"))
		if d := failed(t, p, err, rtmp.StepConnect, pl.addr); !strings.Contains(d.Error(), "no answer within 50ms") {
			t.Errorf("got %v", d)
		}
	})
}

// TestDialClosesItsConnection: a dial that fails leaves nothing open.
func TestDialClosesItsConnection(t *testing.T) {
	left := make(chan struct{}, 1)
	pl := start(t, nil, func(pl *platform) func(net.Conn) {
		return func(nc net.Conn) {
			pl.dialogue(answers{"publish": status("error", rtmp.CodeDenied, "")})(nc)
			left <- struct{}{}
		}
	})
	p, err := (&rtmp.Dialer{}).Publish(t.Context(), target("rtmp://"+pl.addr+"/live"))
	failed(t, p, err, rtmp.StepPublish, pl.addr)
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Error("the server still waits for the next command")
	}
}
