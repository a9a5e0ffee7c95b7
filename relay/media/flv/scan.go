package flv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hawker-live/hawker/relay/media"
)

// Extent is what there is in a file that a Writer has made.
type Extent struct {
	// Whole is where the last whole tag ends, with its size; 0 if there is none.
	// What comes after is torn.
	Whole int64
	// Last is the largest time of a tag, in ms.
	Last uint32
}

// Scan finds out how much of a file of some size is whole. It does not read the
// tags' bodies. The error is of the reading.
func Scan(r io.ReaderAt, size int64) (e Extent, err error) {
	const start = fileHeaderSize + tagSizeSize
	var head [start]byte
	if size < start {
		return e, nil
	}
	if err := readAt(r, head[:], 0); err != nil {
		return e, err
	}
	if !bytes.HasPrefix(head[:], []byte("FLV\x01")) {
		return e, nil
	}
	for at := int64(start); ; at = e.Whole {
		kind, body, last, err := tagAt(r, at, size)
		if err != nil || kind == 0 {
			return e, err
		}
		e.Whole = at + tagHeaderSize + body + tagSizeSize
		e.Last = max(e.Last, last)
	}
}

// tagAt reads the header of the tag that begins at an offset, and the size after
// it. The kind is 0 where there is no whole tag.
func tagAt(r io.ReaderAt, at, size int64) (kind media.Kind, body int64, ms uint32, err error) {
	var b [tagHeaderSize]byte
	if size-at < tagHeaderSize+tagSizeSize {
		return 0, 0, 0, nil
	}
	if err := readAt(r, b[:], at); err != nil {
		return 0, 0, 0, err
	}
	kind, body = media.Kind(b[0]), int64(binary.BigEndian.Uint32(b[:])&0xffffff)
	if kind != media.Audio && kind != media.Video && kind != media.Data || size-at-tagHeaderSize-tagSizeSize < body {
		return 0, 0, 0, nil
	}
	var after [tagSizeSize]byte
	if err := readAt(r, after[:], at+tagHeaderSize+body); err != nil {
		return 0, 0, 0, err
	}
	if int64(binary.BigEndian.Uint32(after[:])) != tagHeaderSize+body {
		return 0, 0, 0, nil
	}
	return kind, body, binary.BigEndian.Uint32(b[3:7])<<8>>8 | uint32(b[7])<<24, nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	if _, err := r.ReadAt(b, at); err != nil {
		return fmt.Errorf("read FLV file at byte %d: %w", at, err)
	}
	return nil
}
