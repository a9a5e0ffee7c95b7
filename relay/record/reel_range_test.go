package record_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hawker-live/hawker/relay/record"
)

// TestRangesOfFLV asks for many stretches at once, for what is no stretch, and for
// nothing but the head.
func TestRangesOfFLV(t *testing.T) {
	t.Parallel()
	h, file := asFLV(t, record.Settings{}, long(t, 2))
	_, whole := played(t, h, firstPart)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 30 {
				from := rand.IntN(len(whole))
				to := min(len(whole)-1, from+rand.IntN(200_000))
				w := get(h, firstPart, "Range", fmt.Sprintf("bytes=%d-%d", from, to))
				if w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), whole[from:to+1]) {
					t.Errorf("bytes %d to %d of %d are answered %d with %d bytes", from, to, len(whole), w.Code, w.Body.Len())
				}
			}
		})
	}
	all.Wait()
	if w := get(h, firstPart, "Range", fmt.Sprintf("bytes=%d-", len(whole))); w.Code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range behind the end is answered %d", w.Code)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	resp, err := http.Head(server.URL + firstPart)
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusOK || resp.ContentLength != int64(len(whole)) || resp.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD is answered %s %v", resp.Status, resp.Header)
	}
	if w := get(h, firstPart, "If-Modified-Since", resp.Header.Get("Last-Modified")); w.Code != http.StatusNotModified {
		t.Errorf("what has not changed is answered %d", w.Code)
	}
	// What was there an hour in is found without all that is before it.
	middle := hashed(t, server.URL+firstPart, "0:v", "-c", "copy")
	if want := coded(t, file, "0:v"); !slices.Equal(middle, want) {
		t.Errorf("ffmpeg reads %d pictures over HTTP, %d were recorded", len(middle), len(want))
	}
	if w := get(h, strings.TrimSuffix(firstPart, "mp4")+"flv"); w.Code != http.StatusNotFound {
		t.Errorf("the FLV file itself is answered %d", w.Code)
	}
}

// TestViewerWhoLeavesStopsTheReading has a viewer leave before a long file was read.
// The next one goes on where that was.
func TestViewerWhoLeavesStopsTheReading(t *testing.T) {
	t.Parallel()
	h, _ := asFLV(t, record.Settings{}, long(t, 1))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, firstPart, nil)
	h.ServeHTTP(w, r.WithContext(ctx))
	if body, _ := io.ReadAll(w.Body); w.Code == http.StatusOK {
		t.Errorf("who has left is answered %d with %d bytes", w.Code, len(body))
	}
	file, _ := played(t, h, firstPart)
	if n := len(coded(t, file, "0:v")); n != 240 {
		t.Errorf("%d pictures", n)
	}
}

// TestIndexOfFLV follows the index: each stretch begins with a fragment whose first
// picture is as late as all stretches before are long.
func TestIndexOfFLV(t *testing.T) {
	t.Parallel()
	h, _ := asFLV(t, record.Settings{}, long(t, 2))
	_, data := played(t, h, firstPart)
	at := bytes.Index(data, []byte("sidx")) - 4
	if at < 0 {
		t.Fatal("there is no index")
	}
	index := data[at : at+int(binary.BigEndian.Uint32(data[at:]))]
	scale, due := binary.BigEndian.Uint32(index[16:]), binary.BigEndian.Uint64(index[20:])
	offset := at + len(index) + int(binary.BigEndian.Uint64(index[28:]))
	entries := index[40:]
	if n := len(entries) / 12; n < 8 || n > 40 {
		t.Errorf("there are %d stretches", n)
	}
	for ; len(entries) > 0; entries = entries[12:] {
		if string(data[offset+4:offset+8]) != "moof" {
			t.Fatalf("at %d there is %q", offset, data[offset+4:offset+8])
		}
		time := data[offset+bytes.Index(data[offset:], []byte("tfdt")):]
		if got := binary.BigEndian.Uint64(time[8:]); got != due {
			t.Errorf("at %d there is what is due at %d of %d, and the index says %d", offset, got, scale, due)
		}
		offset += int(binary.BigEndian.Uint32(entries) & 0x7fffffff)
		due += uint64(binary.BigEndian.Uint32(entries[4:]))
	}
	if offset != len(data) || due/uint64(scale) != 15 && due/uint64(scale) != 16 {
		t.Errorf("the index ends at %d of %d bytes, after %d of %d", offset, len(data), due, scale)
	}
}
