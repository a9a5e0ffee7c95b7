package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

// TestWrongRelay: a relay that changes one bit has no result, whatever its speed.
func TestWrongRelay(t *testing.T) {
	b, targets := small(t, "bare-each")
	var r result
	if err := b.each(t.Context(), fanOut(2, false), []target{corrupt{targets[0], t}}, 0, &r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.finish(&r, &out); err == nil {
		t.Error("the run ends well")
	}
	if got := out.String(); !strings.Contains(got, "WRONG: bare-each, rtmp N=2: 2 messages, the first: a message whose content is not what was sent") {
		t.Errorf("the report does not say so:\n%s", got)
	}
}

// corrupt is a relay behind something that changes a bit of the first keyframe.
type corrupt struct {
	target
	t *testing.T
}

func (c corrupt) start(ctx context.Context, j job, core int) (*relay, error) {
	r, err := c.target.start(ctx, j, core)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.t.Cleanup(func() { _ = ln.Close() })
	to := r.ingest("s0")
	go c.pass(ln, to.address())
	r.ingest = func(string) place { return place{"rtmp://" + ln.Addr().String() + "/live", to.Key} }
	return r, nil
}

func (c corrupt) pass(ln net.Listener, to string) {
	in, err := ln.Accept()
	if err != nil {
		return
	}
	out, err := net.Dial("tcp", to)
	if err != nil {
		c.t.Error(err)
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(in, out)
	}()
	_, _ = io.CopyN(out, in, 100_000)
	one := make([]byte, 1)
	_, _ = io.ReadFull(in, one)
	one[0] ^= 1
	_, _ = out.Write(one)
	_, _ = io.Copy(out, in)
	_ = out.Close()
	_ = in.Close()
	<-done
}
