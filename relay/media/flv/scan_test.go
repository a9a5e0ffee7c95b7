package flv_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

func scanned(t testing.TB) (file []byte, ends []int) {
	t.Helper()
	var b bytes.Buffer
	w := flv.NewWriter(&b, true, true)
	for i := range 4 {
		if err := w.Write(flv.Tag{Kind: []media.Kind{media.Data, media.Video, media.Audio, media.Video}[i], Time: uint32(i) << 23, Body: make([]byte, 9*i)}); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, b.Len())
	}
	return b.Bytes(), ends
}

func TestScanFindsWhatIsWholeAtAnyLength(t *testing.T) {
	t.Parallel()
	file, ends := scanned(t)
	whole, want := 0, flv.Extent{}
	for n := range len(file) + 1 {
		if whole < len(ends) && n == ends[whole] {
			want = flv.Extent{Whole: int64(n), Last: uint32(whole) << 23}
			whole++
		}
		for _, tail := range []int{0, 30} { // such as a power cut leaves
			torn := append(bytes.Clone(file[:n]), make([]byte, tail)...)
			if whole == 0 && tail > 0 || n+tail > len(file) {
				continue
			}
			if e, err := flv.Scan(bytes.NewReader(torn), int64(len(torn))); err != nil || e != want {
				t.Fatalf("%d bytes and %d zeros: %+v, %v; want %+v", n, tail, e, err, want)
			}
		}
	}
}

// FuzzScan wants to find whole what the Reader can read.
func FuzzScan(f *testing.F) {
	file, _ := scanned(f)
	f.Add(file)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := flv.Scan(bytes.NewReader(b), int64(len(b)))
		if err != nil || e.Whole > int64(len(b)) {
			t.Fatalf("%+v of %d bytes, %v", e, len(b), err)
		}
		for r := flv.NewReader(bytes.NewReader(b[:e.Whole])); e.Whole > 0; {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				if len(b) > 8 && !bytes.Equal(b[4:9], []byte{b[4], 0, 0, 0, 9}) {
					return // a header that no Writer makes
				}
				t.Fatal(err)
			}
		}
	})
}
