package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
)

// wire is a connection on which a viewer asks by HTTP/1.1, with as little work
// as can be: four hundred of them share the processors with what they measure.
type wire struct {
	conn *net.TCPConn
	raw  syscall.RawConn
	in   *bufio.Reader
	text []byte // of the last question or answer
}

// dialWire connects until ctx ends, or close is called.
func dialWire(ctx context.Context, address string) (w *wire, hangUp func(), err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	w = &wire{conn: conn.(*net.TCPConn), in: bufio.NewReaderSize(conn, 4096)}
	if w.raw, err = w.conn.SyscallConn(); err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return w, func() { stop(); _ = conn.Close() }, nil
}

// ask sends a question and reads the head of the answer. The length is -1 if it
// is not told.
func (w *wire) ask(path string) (length int, err error) {
	w.text = fmt.Appendf(w.text[:0], "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, w.conn.RemoteAddr())
	if _, err := w.conn.Write(w.text); err != nil {
		return 0, err
	}
	status := ""
	for length = -1; ; {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case len(line) == 0 && status != "200":
			return 0, refusal(status)
		case len(line) == 0:
			return length, nil
		case status == "":
			_, rest, _ := bytes.Cut(line, []byte(" "))
			status = string(rest[:min(3, len(rest))])
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		}
	}
}

// refusal is the status of an answer that is not 200.
type refusal string

func (r refusal) Error() string { return "answered " + string(r) }

// read reads a body, which is good until the next question.
func (w *wire) read(length int) ([]byte, error) {
	if cap(w.text) < length {
		w.text = make([]byte, length)
	}
	w.text = w.text[:length]
	_, err := io.ReadFull(w.in, w.text)
	return w.text, err
}

// nothing is where bodies would go that nobody looks at.
var nothing [1 << 20]byte

// discard takes so many bytes off the socket, or what comes, without copying
// them (MSG_TRUNC; tcp(7)). It returns how many there were.
func (w *wire) discard(most int) (n int, err error) {
	n, _ = w.in.Discard(min(most, w.in.Buffered()))
	if n > 0 {
		return n, nil
	}
	readErr := w.raw.Read(func(fd uintptr) (done bool) {
		n, _, err = syscall.Recvfrom(int(fd), nothing[:min(most, len(nothing))], syscall.MSG_TRUNC)
		return err != syscall.EAGAIN && err != syscall.EINTR
	})
	if err == nil && readErr == nil && n == 0 {
		err = io.ErrUnexpectedEOF
	}
	if readErr != nil {
		err = readErr
	}
	return max(n, 0), err
}

// skip discards a body.
func (w *wire) skip(length int) error {
	for length > 0 {
		n, err := w.discard(length)
		if err != nil {
			return err
		}
		length -= n
	}
	return nil
}
