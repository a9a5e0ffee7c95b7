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
	var head [FirstTag]byte
	if size < FirstTag {
		return e, nil
	}
	if err := readAt(r, head[:], 0); err != nil {
		return e, err
	}
	if !bytes.HasPrefix(head[:], []byte("FLV\x01")) {
		return e, nil
	}
	for at := int64(FirstTag); ; at = e.Whole {
		p, ok, err := At(r, at, size)
		if err != nil || !ok {
			return e, err
		}
		e.Whole, e.Last = p.End, max(e.Last, p.Time)
	}
}

// FirstTag is where the first tag begins in a file that a Writer has made.
const FirstTag = fileHeaderSize + tagSizeSize

// Place is where a tag is in a file.
type Place struct {
	// Kind and Time are as in Tag.
	Kind media.Kind
	Time uint32
	// Body is where the body begins, and Size how long it is. The next tag begins
	// at End.
	Body, Size, End int64
}

// At finds the tag that begins at an offset of a file of some size, without
// reading its body. ok is false where there is no whole tag; the error is of the
// reading.
func At(r io.ReaderAt, at, size int64) (p Place, ok bool, err error) {
	var b [tagHeaderSize]byte
	if size-at < tagHeaderSize+tagSizeSize {
		return Place{}, false, nil
	}
	if err := readAt(r, b[:], at); err != nil {
		return Place{}, false, err
	}
	p = Place{
		Kind: media.Kind(b[0]), Time: binary.BigEndian.Uint32(b[3:7])<<8>>8 | uint32(b[7])<<24,
		Body: at + tagHeaderSize, Size: int64(binary.BigEndian.Uint32(b[:]) & 0xffffff),
	}
	p.End = p.Body + p.Size + tagSizeSize
	if p.Kind != media.Audio && p.Kind != media.Video && p.Kind != media.Data || p.End > size {
		return Place{}, false, nil
	}
	var after [tagSizeSize]byte
	if err := readAt(r, after[:], p.End-tagSizeSize); err != nil {
		return Place{}, false, err
	}
	return p, int64(binary.BigEndian.Uint32(after[:])) == tagHeaderSize+p.Size, nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	if _, err := r.ReadAt(b, at); err != nil {
		return fmt.Errorf("read FLV file at byte %d: %w", at, err)
	}
	return nil
}
