package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// hlsViewer plays low-latency HLS as players do: it has the playlist that will
// have the next part waited for, and at the same time the part that is hinted at.
type hlsViewer struct {
	client *http.Client
	base   string // of the stream, without a slash at the end
	delta  bool   // it asks for what is new in a playlist

	folder string // of the session
	last   *hlsPlaylist
	files  map[string]hlsFile // by their names
	begun  time.Time
	ended  time.Time // when it was told
}

type hlsFile struct {
	at  time.Time
	sum [sha256.Size]byte
}

// hlsPlaylist is what a player goes by.
type hlsPlaylist struct {
	segment, part int // that come next
	skipped       int // segments of which it does not tell again
	parts         []string
	hint          string // empty at the end
	target        time.Duration
}

var (
	partLine = regexp.MustCompile(`(?m)^#EXT-X-PART:.*URI="([^"]+)"`)
	hintLine = regexp.MustCompile(`(?m)^#EXT-X-PRELOAD-HINT:.*URI="([^"]+)"`)
	mapLine  = regexp.MustCompile(`(?m)^#EXT-X-MAP:URI="([^"]+)"`)
)

func readPlaylist(text string) (*hlsPlaylist, error) {
	number := func(tag string) int {
		_, rest, _ := strings.Cut(text, "#EXT-X-"+tag)
		line, _, _ := strings.Cut(rest, "\n")
		n, _ := strconv.Atoi(line)
		return n
	}
	p := &hlsPlaylist{target: time.Duration(number("TARGETDURATION:")) * time.Second}
	p.skipped = number("SKIP:SKIPPED-SEGMENTS=")
	p.segment = number("MEDIA-SEQUENCE:") + p.skipped + strings.Count(text, "#EXTINF:")
	p.part = strings.Count(text[max(0, strings.LastIndex(text, "#EXTINF:")):], "#EXT-X-PART:")
	for _, m := range partLine.FindAllStringSubmatch(text, -1) {
		p.parts = append(p.parts, m[1])
	}
	if m := hintLine.FindStringSubmatch(text); m != nil {
		p.hint = m[1]
	}
	if ends := strings.HasSuffix(text, "#EXT-X-ENDLIST\n"); p.target == 0 || ends == (p.hint != "") {
		return nil, fmt.Errorf("an odd playlist:\n%s", text)
	}
	return p, nil
}

var errGone = errors.New("there is no such file")

func (v *hlsViewer) get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return "", fmt.Errorf("%s: %w", url, errGone)
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s: %s: %s", url, resp.Status, body)
	}
	return string(body), err
}

// begin finds the session.
func (v *hlsViewer) begin(ctx context.Context) error {
	text, err := v.get(ctx, v.base+"/index.m3u8")
	if err != nil {
		return err
	}
	v.begun = time.Now()
	lines := strings.Fields(text)
	v.folder = v.base + "/" + strings.TrimSuffix(lines[len(lines)-1], "stream.m3u8")
	v.files = map[string]hlsFile{}
	if text, err = v.get(ctx, v.folder+"stream.m3u8"); err != nil {
		return err
	}
	if v.last, err = readPlaylist(text); err != nil {
		return err
	}
	return v.take(ctx, mapLine.FindStringSubmatch(text)[1])
}

// play plays to the end of the broadcast.
func (v *hlsViewer) play(ctx context.Context) error {
	for v.last.hint != "" {
		if err := v.step(ctx); err != nil {
			return err
		}
	}
	v.ended = time.Now()
	return nil
}

// step takes the next playlist, and what it names.
func (v *hlsViewer) step(ctx context.Context) error {
	before := v.last
	question := fmt.Sprintf("stream.m3u8?_HLS_msn=%d&_HLS_part=%d", before.segment, before.part)
	if v.delta {
		question += "&_HLS_skip=YES"
	}
	var hinted error
	var other sync.WaitGroup
	defer other.Wait()
	taken := make(chan struct{})
	other.Go(func() {
		defer close(taken)
		hinted = v.take(ctx, before.hint)
	})
	text, err := v.get(ctx, v.folder+question)
	if err != nil {
		return err
	}
	if v.last, err = readPlaylist(text); err != nil {
		return err
	}
	if v.last.hint == before.hint {
		return fmt.Errorf("%s does not have what it asks for:\n%s", question, text)
	}
	<-taken
	if hinted != nil && (v.last.hint != "" || !errors.Is(hinted, errGone)) {
		return hinted
	}
	for _, part := range v.last.parts {
		if _, has := v.files[part]; !has && hinted == nil {
			if err := v.take(ctx, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// take takes a file of the session.
func (v *hlsViewer) take(ctx context.Context, name string) error {
	text, err := v.get(ctx, v.folder+name)
	if err == nil {
		v.files[name] = hlsFile{time.Now(), sha256.Sum256([]byte(text))}
	}
	return err
}
