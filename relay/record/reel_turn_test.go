package record

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/hawker-live/hawker/examples/clip"
)

// TestReelsDoNotWaitForEachOther has a long file read for somebody. All others are
// played meanwhile; even if many are read, those that were read before are.
func TestReelsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	r, dir := newReels(), t.TempDir()
	open := func(date string) (Part, *os.File) {
		p := Part{Stream: "main", Date: date, Number: 1, Format: FLV, Complete: true}
		path := filepath.Join(dir, p.data())
		if err := os.WriteFile(path, clip.FLV(), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		return p, file
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	play := func(what string, ctx context.Context, p Part, file *os.File, want error) {
		t.Helper()
		got, err := r.play(ctx, p, file)
		if !errors.Is(err, want) || err == nil && got.size < int64(len(clip.FLV()))/2 {
			t.Errorf("%s: %v", what, err)
		}
	}

	long, file := open("long")
	k, err := r.find("main/long.flv", file)
	if err != nil {
		t.Fatal(err)
	}
	k.turn <- struct{}{}
	play("a file that is being read", gone, long, file, context.Canceled)
	short, other := open("short")
	play("another one", t.Context(), short, other, nil)
	<-k.turn

	for range cap(r.growing) {
		r.growing <- struct{}{}
	}
	play("one more than may be read", gone, long, file, context.Canceled)
	play("one that was read before", gone, short, other, nil)
	<-r.growing
	play("when there is room", t.Context(), long, file, nil)
}

// TestReelOfAShorterFileIsMadeAnew takes from a file what was read of it: the end
// that a crash had torn is cut off, and other media follow.
func TestReelOfAShorterFileIsMadeAnew(t *testing.T) {
	t.Parallel()
	r, whole := newReels(), clip.FLV()
	p := Part{Stream: "main", Date: "torn", Number: 1, Format: FLV}
	path := filepath.Join(t.TempDir(), p.data())
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	before, err := r.play(t.Context(), p, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(whole)/2)); err != nil {
		t.Fatal(err)
	}
	p.Complete = true
	after, err := r.play(t.Context(), p, file)
	if err != nil || after.size >= before.size || after.size < before.size/4 {
		t.Fatalf("%v; %d bytes, and %d before", err, after.size, before.size)
	}
}
