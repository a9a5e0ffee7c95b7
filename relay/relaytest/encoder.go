package relaytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Unpaced as EncoderConfig.Speed sends as fast as it goes.
const Unpaced = -1

// EncoderConfig is what an encoder plays, and where to.
type EncoderConfig struct {
	// Target is the server and the key. RTMPS needs its CAFile.
	Target rtmp.Target
	// Source is what to play; nil plays nothing, for use with Encoder.Send.
	Source Source
	// Speed is 1 for real time, which is the default, 2 for twice as fast, or
	// Unpaced.
	Speed float64
	// Base is the timestamp of the first message in ms; later ones count on
	// from there, modulo 2^32.
	Base uint32
	// Stay keeps the connection after the source's end, until Stop, Drop or
	// Kill; otherwise the encoder then stops by itself.
	Stay bool
	// Wire is how messages become chunks.
	Wire Wire
	// Agent is what it calls itself (flashVer): OBS's string.
	Agent string
	// From is the local IP address to connect from, such as 127.0.0.2.
	From string
	// Keep is how many messages Sent remembers at least, the newest; 0 is all.
	Keep int
}

// Encoder publishes as OBS does. Its methods may be called from any goroutine.
type Encoder struct {
	conf   EncoderConfig
	bell   bell
	gate   gate // shut by Pause
	client *client
	wg     sync.WaitGroup

	told  chan struct{} // closed when how to end has been said
	heard chan struct{} // closed when the server has ended, or the connection
	last  error         // why; written before heard is closed
	done  chan struct{}
	err   error // how it all ended; written before done is closed

	mu    sync.Mutex // guards the rest
	how   ending
	sent  []Sent
	total int
}

// ending is how an encoder leaves.
type ending int

const (
	goOn ending = iota
	stop        // goodbye, FIN
	drop        // FIN
	kill        // RST
)

// NewEncoder returns an encoder that has not connected yet.
func NewEncoder(conf EncoderConfig) *Encoder {
	if conf.Speed == 0 {
		conf.Speed = 1
	}
	if conf.Agent == "" {
		conf.Agent = "FMLE/3.0 (compatible; FMSc/1.0)"
	}
	return &Encoder{conf: conf, told: make(chan struct{}), heard: make(chan struct{}), done: make(chan struct{})}
}

// Start connects, and plays in the background once the server has said
// NetStream.Publish.Start. The context is for the dial alone, which takes 10 s
// at most. The error wraps a *rtmp.Refusal if the server said no. It may be
// called once.
func (e *Encoder) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := dial(ctx, e.conf)
	if err != nil {
		e.err = fmt.Errorf("fake encoder: %w", err)
		close(e.done)
		return e.err
	}
	e.client = c
	e.wg.Go(e.listen)
	e.wg.Go(e.live)
	return nil
}

// Run is Start, and Stop when ctx ends. It returns when all is over.
func (e *Encoder) Run(ctx context.Context) error {
	if err := e.Start(ctx); err != nil {
		return err
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		e.Stop()
	}
	return e.Wait()
}

// Stop says goodbye (FCUnpublish, deleteStream), closes, and waits for the end.
func (e *Encoder) Stop() { e.end(stop) }

// Drop closes without a goodbye (FIN), perhaps within a message.
func (e *Encoder) Drop() { e.end(drop) }

// Kill resets the connection (RST).
func (e *Encoder) Kill() { e.end(kill) }

func (e *Encoder) end(how ending) {
	if e.client == nil {
		return
	}
	e.mu.Lock()
	first := e.how == goOn
	if first {
		e.how = how
		close(e.told)
	}
	e.mu.Unlock()
	switch {
	case how == kill: // also when another end hangs
		e.client.reset()
	case first && how == stop:
		_ = e.client.tcp.SetWriteDeadline(time.Now().Add(patience))
	case first:
		_ = e.client.tcp.SetWriteDeadline(time.Now())
	}
	e.wg.Wait()
}

// Pause sends nothing more and keeps the connection, as an encoder does whose
// network has gone away.
func (e *Encoder) Pause() { e.gate.shut() }

// Resume sends on. What has become due meanwhile goes out at once.
func (e *Encoder) Resume() { e.gate.open() }

// Done is closed at the end, whoever made it.
func (e *Encoder) Done() <-chan struct{} { return e.done }

// Wait waits for the end. It returns nil at the end of the source and after
// Stop, Drop and Kill; otherwise why the server or the network ended it: a
// *rtmp.Refusal in the chain if the server said so.
func (e *Encoder) Wait() error {
	<-e.done
	e.wg.Wait()
	return e.err
}

// listen follows what the server says.
func (e *Encoder) listen() {
	e.last = e.client.listen()
	close(e.heard)
	_ = e.client.tcp.SetWriteDeadline(time.Unix(1, 0)) // wakes a write that nobody reads
}

// live is the encoder's life on the connection.
func (e *Encoder) live() {
	defer e.bell.ring()
	defer close(e.done)
	err := e.play()
	if err == nil && e.conf.Stay {
		err = e.idle()
	}
	e.mu.Lock()
	how := e.how
	e.mu.Unlock()
	switch {
	case how == kill:
		<-e.heard
		return
	case how == stop, how == goOn && err == nil:
		_ = e.client.say(command(0, "FCUnpublish", 6, nil, e.client.key), command(0, "deleteStream", 7, nil, e.client.streamID))
	}
	e.client.finish(e.heard)
	<-e.heard
	if how == goOn && err != nil {
		e.err = fmt.Errorf("fake encoder: %w", e.why(err))
	}
}

// why prefers what the server said to what came of it.
func (e *Encoder) why(err error) error {
	var refused *rtmp.Refusal
	if errors.As(e.last, &refused) || errors.Is(err, errHeard) {
		err = e.last
	}
	if err == io.EOF {
		return errors.New("the server closed the connection")
	}
	return err
}

var (
	errTold  = errors.New("told to end")
	errHeard = errors.New("the server ended")
)

// idle keeps the connection without media.
func (e *Encoder) idle() error {
	select {
	case <-e.told:
		return errTold
	case <-e.heard:
		return errHeard
	}
}

// Sent returns the audio, video and data messages so far, in order; with
// EncoderConfig.Keep the newest of them.
func (e *Encoder) Sent() []Sent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.sent)
}

// Len is how many messages have been sent.
func (e *Encoder) Len() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.total
}

// WaitSent waits until n messages have been sent in all.
func (e *Encoder) WaitSent(ctx context.Context, n int) error {
	ended := func() bool {
		select {
		case <-e.done:
			return true
		default:
			return false
		}
	}
	err := e.bell.until(ctx, func() bool { return e.Len() >= n || ended() })
	if err == nil && e.Len() < n {
		err = ErrEnded
	}
	if err != nil {
		return fmt.Errorf("fake encoder: wait for message %d: %d were sent: %w", n, e.Len(), err)
	}
	return nil
}

// LocalAddr is the encoder's own host and port; empty before Start.
func (e *Encoder) LocalAddr() string {
	if e.client == nil {
		return ""
	}
	return e.client.tcp.LocalAddr().String()
}
