package record_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// shorter is tags before a time in ms.
func shorter(tags []flv.Tag, ms uint32) []flv.Tag {
	for i, tag := range tags {
		if tag.Time >= ms && tag.Kind == media.Video {
			return tags[:i]
		}
	}
	return tags
}

func theClip(t testing.TB) *relaytest.Clip {
	t.Helper()
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	must(t, err)
	return c
}

// long is the clip, n times.
func long(t testing.TB, n int) (tags []flv.Tag) {
	t.Helper()
	c := theClip(t)
	source := c.Loop()
	for len(tags) < n*len(c.Tags())-3*(n-1) {
		tag, err := source.Next()
		must(t, err)
		tags = append(tags, tag)
	}
	return tags
}

// synthetic is a clip of random frames.
func synthetic(t testing.TB, s relaytest.Synthetic) []flv.Tag {
	t.Helper()
	c, err := s.Clip()
	must(t, err)
	return c.Tags()
}

// writeFLV makes a file of tags.
func writeFLV(t testing.TB, tags []flv.Tag) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sent.flv")
	f, err := os.Create(name)
	must(t, err)
	defer func() { must(t, f.Close()) }()
	w := flv.NewWriter(f, true, true)
	for _, tag := range tags {
		must(t, w.Write(tag))
	}
	return name
}

// readFLV reads a file's tags, all of which must be whole.
func readFLV(t testing.TB, file string) (tags []flv.Tag) {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	c, err := relaytest.ReadClip(bytes.NewReader(data))
	must(t, err)
	return c.Tags()
}

func isHeader(tag flv.Tag) bool {
	inspect := media.InspectVideo
	switch tag.Kind {
	case media.Data:
		return true
	case media.Audio:
		inspect = media.InspectAudio
	}
	m, err := inspect(tag.Body)
	return err == nil && m.Header
}
