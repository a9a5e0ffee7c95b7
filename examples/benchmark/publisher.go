package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// publisher sends one stream in real time, as encoders do: each message in a
// write of its own, in chunks of 4096 bytes.
type publisher struct {
	nc     net.Conn
	source relaytest.Source
	ledger *ledger
	buf    []byte

	stop  context.CancelFunc
	heard sync.WaitGroup
	done  chan struct{}
	err   error // why it ended by itself; written before done is closed
}

// publish connects to p and begins to play after phase, so that many streams do
// not all have their frames at the same moments.
func publish(ctx context.Context, p place, bitrate int, seed uint64, l *ledger, phase time.Duration) (*publisher, error) {
	nc, err := (&net.Dialer{Timeout: dialogueTime}).DialContext(ctx, "tcp", p.address())
	if err != nil {
		return nil, fmt.Errorf("publisher: %w", err)
	}
	_ = nc.SetDeadline(time.Now().Add(dialogueTime))
	r, err := ask(nc, p, encoderChunk)
	if err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("publisher: %w", err)
	}
	_ = nc.SetDeadline(time.Time{})
	ctx, cancel := context.WithCancel(ctx)
	b := &publisher{
		nc: nc, ledger: l, stop: cancel, done: make(chan struct{}),
		source: relaytest.Synthetic{VideoBitrate: bitrate, Seed: seed}.Source(),
	}
	b.heard.Go(func() { _, _ = io.Copy(io.Discard, r.from) })
	go b.play(ctx, phase)
	return b, nil
}

func (b *publisher) play(ctx context.Context, phase time.Duration) {
	defer close(b.done)
	timer := time.NewTimer(phase)
	defer timer.Stop()
	for begin := b.ledger.clock.now() + int64(phase); ; {
		tag, err := b.source.Next()
		if err != nil {
			b.err = err
			return
		}
		due := begin + int64(tag.Time)*int64(time.Millisecond)
		timer.Reset(time.Duration(due - b.ledger.clock.now()))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		if b.err = b.send(tag); b.err != nil {
			return
		}
	}
}

// send writes a message. Its time of sending is that before the write.
func (b *publisher) send(tag flv.Tag) error {
	m := rtmp.Message{Type: uint8(tag.Kind), StreamID: 1, Time: tag.Time, Body: tag.Body}
	if tag.Kind == media.Data {
		m.Body = rtmp.SetDataFrame(m.Body)
	} else {
		b.ledger.stamp(m)
	}
	b.buf = appendMessage(b.buf[:0], m, encoderChunk)
	if tag.Kind != media.Data {
		b.ledger.enter(m)
	}
	_ = b.nc.SetWriteDeadline(time.Now().Add(dialogueTime))
	_, err := b.nc.Write(b.buf)
	return err
}

// finish stops sending, and keeps the connection. The error is why sending had
// ended before.
func (b *publisher) finish() error {
	b.stop()
	<-b.done
	return b.err
}

// close ends the connection.
func (b *publisher) close() {
	b.stop()
	_ = b.nc.Close()
	<-b.done
	b.heard.Wait()
}
