package flv_test

import (
	"bytes"
	"io"
	"reflect"
	"testing"

	"github.com/hawker-live/hawker/relay/media/flv"
)

// FuzzFLVReader checks that whatever tags come out of a file can be written and
// come out again.
func FuzzFLVReader(f *testing.F) {
	f.Add(unhex(f, ffmpegFile))
	f.Add(unhex(f, begin))
	f.Add(unhex(f, begin+"12 000002 000000 00 000000 0201 0000000d 09 000001 000021 80 000000 17 0000000c"))
	f.Add(unhex(f, begin+"0a 000003 000000 00 000000 010203 0000000e 29 000001 000000 00 000000 17 0000000c"))
	f.Add(unhex(f, "464c5601 05 0000000b 0000 00000000 09 ffffff 000000 00 000000 17"))
	f.Fuzz(func(t *testing.T, file []byte) {
		tags, err := readAll(bytes.NewReader(file))
		if err == nil {
			t.Fatal("the end of the file was not told")
		}
		var again bytes.Buffer
		w := flv.NewWriter(&again, true, true)
		total := 0
		for _, tag := range tags {
			total += len(tag.Body)
			if err := w.Write(tag); err != nil {
				t.Fatal(err)
			}
		}
		if total > len(file) {
			t.Fatalf("%d bytes of bodies in a file of %d", total, len(file))
		}
		if len(tags) == 0 {
			return
		}
		if got, err := readAll(&again); err != io.EOF || !reflect.DeepEqual(got, tags) {
			t.Fatalf("written and read again: %+v, %v; want %+v", got, err, tags)
		}
	})
}
