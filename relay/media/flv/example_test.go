package flv_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/media/flv"
)

func Example() {
	var file bytes.Buffer
	w := flv.NewWriter(&file, true, false)
	for i, body := range []string{"\xaf\x00\x11\x90", "\xaf\x01\x21\x10\x04\x60\x8c\x1c"} {
		if err := w.Write(flv.Tag{Kind: media.Audio, Time: uint32(i) * 21, Body: []byte(body)}); err != nil {
			fmt.Println(err)
			return
		}
	}

	r := flv.NewReader(&file)
	for {
		tag, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d ms: %s, %d bytes\n", tag.Time, tag.Kind, len(tag.Body))
	}
	// Output:
	// 0 ms: audio, 4 bytes
	// 21 ms: audio, 8 bytes
}
