package fmp4

import (
	"encoding/binary"
	"fmt"
	"io"
)

// boxHeader is size and kind (ISO/IEC 14496-12 section 4.2). Larger sizes than 32
// bits can say are not needed: a box here is at most a fragment's media.
const boxHeader = 8

// maxBox bounds, in bytes, the boxes that are read into memory.
const maxBox = 4 << 20

// box is one with its place in a file.
type box struct {
	kind         string
	offset, size int64
}

// boxAt reads the header of the box that begins at an offset. ok is false where
// there is no whole box.
func boxAt(r io.ReaderAt, offset, end int64) (b box, ok bool, err error) {
	if end-offset < boxHeader {
		return box{}, false, nil
	}
	var head [boxHeader]byte
	if _, err := r.ReadAt(head[:], offset); err != nil {
		return box{}, false, fmt.Errorf("read MP4 file at byte %d: %w", offset, err)
	}
	b = box{string(head[4:]), offset, int64(binary.BigEndian.Uint32(head[:]))}
	return b, b.size >= boxHeader && b.size <= end-offset, nil
}

// load reads a box whole.
func (b box) load(r io.ReaderAt) ([]byte, error) {
	if b.size > maxBox {
		return nil, fmt.Errorf("read MP4 file at byte %d: its %q box of %d bytes is too large", b.offset, b.kind, b.size)
	}
	data := make([]byte, b.size)
	if _, err := r.ReadAt(data, b.offset); err != nil {
		return nil, fmt.Errorf("read MP4 file at byte %d: %w", b.offset, err)
	}
	return data, nil
}

// children calls f for each whole box among some, of which it gets the payload.
func children(boxes []byte, f func(kind string, payload []byte)) {
	for len(boxes) >= boxHeader {
		size := binary.BigEndian.Uint32(boxes)
		if size < boxHeader || uint64(size) > uint64(len(boxes)) {
			return
		}
		f(string(boxes[4:8]), boxes[boxHeader:size])
		boxes = boxes[size:]
	}
}

// field is the number of n bytes at an offset; 0 if it is not there.
func field(b []byte, offset, n int) uint64 {
	if offset+n > len(b) {
		return 0
	}
	var v uint64
	for _, c := range b[offset : offset+n] {
		v = v<<8 | uint64(c)
	}
	return v
}
