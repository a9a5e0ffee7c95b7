package main

import (
	"crypto/tls"
	"net"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// nextChunks returns the next message of the stream as the chunks that all
// destinations get.
func nextChunks(r *reader) ([]byte, error) {
	for {
		m, err := r.next()
		if err != nil {
			return nil, err
		}
		switch m.Type {
		case rtmp.TypeAudio, rtmp.TypeVideo, rtmp.TypeData:
			return appendMessage(make([]byte, 0, len(m.Body)+64), m, relayChunk), nil
		}
	}
}

// forward writes each message to all, one after the other.
func forward(r *reader, outs []net.Conn) error {
	for {
		b, err := nextChunks(r)
		if err != nil {
			return err
		}
		for _, out := range outs {
			if _, err := out.Write(b); err != nil {
				return err
			}
		}
	}
}

// queueLength is far more than ever waits where every destination reads.
const queueLength = 1024

// hand gives each message to a goroutine for each destination.
func (b *bare) hand(r *reader, outs []net.Conn) error {
	var queues []chan []byte
	for _, out := range outs {
		q := make(chan []byte, queueLength)
		defer close(q)
		queues = append(queues, q)
		go func() {
			if err := carry(out, q); err != nil {
				select {
				case b.fail <- err:
				default:
				}
			}
		}()
	}
	for {
		m, err := nextChunks(r)
		if err != nil {
			return err
		}
		for _, q := range queues {
			q <- m
		}
	}
}

// carry writes what is queued, all that is there in one go.
func carry(out net.Conn, queue <-chan []byte) error {
	var batch, sending net.Buffers
	_, secure := out.(*tls.Conn)
	for m := range queue {
		batch = append(batch[:0], m)
		for len(queue) > 0 && len(batch) < 64 {
			batch = append(batch, <-queue)
		}
		var err error
		switch {
		case len(batch) == 1:
			_, err = out.Write(m)
		case secure: // there is no vectored write
			for _, b := range batch {
				if _, err = out.Write(b); err != nil {
					break
				}
			}
		default:
			sending = batch
			_, err = sending.WriteTo(out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
