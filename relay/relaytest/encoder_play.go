package relaytest

import (
	"errors"
	"io"
	"time"

	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// play sends the source to its end, or until something else ends the encoder.
func (e *Encoder) play() error {
	if e.conf.Source == nil {
		return e.idle()
	}
	clock := &pace{speed: e.conf.Speed, timer: time.NewTimer(0)}
	defer clock.timer.Stop()
	for {
		tag, err := e.conf.Source.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		age := clock.age(tag.Time)
		if err := e.until(clock, age); err != nil {
			return err
		}
		if err := e.Send(e.message(tag, age)); err != nil {
			return err
		}
	}
}

// message puts a tag on the encoder's clock.
func (e *Encoder) message(tag flv.Tag, age uint32) rtmp.Message {
	m := rtmp.Message{Type: uint8(tag.Kind), Time: e.conf.Base + age, Body: tag.Body}
	if m.Type == rtmp.TypeData && firstString(m.Body) == "onMetaData" {
		m.Body = rtmp.SetDataFrame(m.Body)
	}
	return m
}

// Send sends a message now, between those of the source, and records it if it
// is audio, video or data. Its StreamID is filled in; its Time and Body go out
// as they are.
func (e *Encoder) Send(m rtmp.Message) error {
	m.StreamID = e.client.streamID
	switch m.Type {
	case rtmp.TypeAudio, rtmp.TypeVideo, rtmp.TypeData:
		s := Sent{Payload: NewPayload(m), At: time.Now()}
		e.mu.Lock()
		e.total++
		e.sent = trim(append(e.sent, s), e.conf.Keep)
		e.mu.Unlock()
	case rtmp.TypeCommand:
	default:
		m.StreamID = 0 // protocol control is of the connection
	}
	err := e.client.say(m)
	e.bell.ring()
	return err
}

// until waits for a tag's time, and while the encoder is paused.
func (e *Encoder) until(p *pace, age uint32) error {
	if wait := p.wait(age); wait > 0 {
		p.timer.Reset(wait)
		select {
		case <-e.told:
		case <-e.heard:
		case <-p.timer.C:
		}
	}
	if !e.gate.pass(e.told) {
		return errTold
	}
	select {
	case <-e.told:
		return errTold
	case <-e.heard:
		return errHeard
	default:
		return nil
	}
}

// pace says when a tag is due.
type pace struct {
	speed float64
	timer *time.Timer
	begun time.Time
	first uint32
}

// age is a tag's time in ms since the first one.
func (p *pace) age(t uint32) uint32 {
	if p.begun.IsZero() {
		p.begun, p.first = time.Now(), t
	}
	return t - p.first
}

func (p *pace) wait(age uint32) time.Duration {
	if p.speed < 0 {
		return 0
	}
	due := time.Duration(float64(age) * float64(time.Millisecond) / p.speed)
	return max(0, due-time.Since(p.begun))
}
