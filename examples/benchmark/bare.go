package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// bare is the yardstick: it reads messages and hands each on to all
// destinations, as bytes that all of them share. It knows no headers, no
// keyframes, no slow peers and no mistakes; the first one ends it.
type bare struct {
	all   bool // the reader writes to all; otherwise each has a goroutine
	roots *x509.CertPool
	jobs  map[string]streamJob
	fail  chan error
}

// runBare serves a job until ctx ends.
func runBare(ctx context.Context, out io.Writer, mode, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	b := &bare{all: mode == "bare-all", roots: x509.NewCertPool(), jobs: map[string]streamJob{}, fail: make(chan error, 1)}
	if pem, err := os.ReadFile(j.CAFile); err == nil {
		b.roots.AppendCertsFromPEM(pem)
	}
	for _, s := range j.Streams {
		b.jobs[s.Name] = s
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }()
	go b.accept(ln)
	_, _ = fmt.Fprintf(out, "at %s\n", ln.Addr())
	select {
	case err := <-b.fail:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (b *bare) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			if err := b.serve(nc); err != nil && !errors.Is(err, io.EOF) {
				select {
				case b.fail <- err:
				default:
				}
			}
		}()
	}
}

// serve is one publisher's connection.
func (b *bare) serve(nc net.Conn) error {
	defer func() { _ = nc.Close() }()
	if err := rtmp.Accept(nc); err != nil {
		return err
	}
	r := newReader(nc, readBuffer)
	key, err := b.login(nc, r)
	if err != nil {
		return err
	}
	var outs []net.Conn
	for _, p := range b.jobs[key].Destinations {
		out, err := b.dial(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Server, err)
		}
		defer func() { _ = out.Close() }()
		outs = append(outs, out)
	}
	if b.all {
		return forward(r, outs)
	}
	return b.hand(r, outs)
}

func (b *bare) login(nc net.Conn, r *reader) (key string, err error) {
	for key == "" {
		m, err := r.next()
		if err != nil {
			return "", err
		}
		if m.Type != rtmp.TypeCommand {
			continue
		}
		if key, err = answer(nc, m.Body); err != nil {
			return "", err
		}
	}
	return key, nil
}

// dial publishes to a place. What it says afterwards is read and dropped.
func (b *bare) dial(p place) (net.Conn, error) {
	nc, err := net.Dial("tcp", p.address())
	if err != nil {
		return nil, err
	}
	if p.secure() {
		host, _, _ := net.SplitHostPort(p.address())
		nc = tls.Client(nc, &tls.Config{RootCAs: b.roots, ServerName: host, MinVersion: tls.VersionTLS12})
	}
	_ = nc.SetDeadline(time.Now().Add(dialogueTime))
	r, err := ask(nc, p, relayChunk)
	if err != nil {
		_ = nc.Close()
		return nil, err
	}
	_ = nc.SetDeadline(time.Time{})
	go func() { _, _ = io.Copy(io.Discard, r.from) }()
	return nc, nil
}
