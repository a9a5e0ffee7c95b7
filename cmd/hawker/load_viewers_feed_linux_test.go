package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"
)

// take is a viewer of a feed that looks at nothing of it.
func (c *crowd) take(ctx context.Context, w *wire) error {
	if _, err := w.ask(c.folder + "live.mp4"); err != nil {
		return err
	}
	for {
		n, err := w.discard(math.MaxInt)
		if err != nil {
			return err
		}
		c.bytes.Add(int64(n))
	}
}

// arrival is a fragment of a feed, and when all of it was there.
type arrival struct {
	moof []byte
	at   time.Time
}

// look is a viewer of a feed that notes when fragments arrive, until ctx ends.
func (c *crowd) look(ctx context.Context) (all []arrival, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+c.folder+"live.mp4", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the feed: %s", resp.Status)
	}
	in := bufio.NewReaderSize(resp.Body, 64<<10)
	var head [8]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return all, err
		}
		rest := int(binary.BigEndian.Uint32(head[:])) - len(head)
		if string(head[4:]) != "moof" {
			if _, err := in.Discard(rest); err != nil {
				return all, err
			}
			if string(head[4:]) == "mdat" && len(all) > 0 {
				all[len(all)-1].at = time.Now()
			}
			continue
		}
		moof := make([]byte, rest)
		if _, err := io.ReadFull(in, moof); err != nil {
			return all, err
		}
		all = append(all, arrival{moof: moof})
	}
}
