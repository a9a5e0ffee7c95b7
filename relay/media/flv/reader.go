package flv

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hawker-live/hawker/relay/media"
)

// maxFileHeader bounds what a file header may say of its own size, in bytes.
const maxFileHeader = 64 << 10

// Reader reads a file's tags in order. It is for one goroutine.
type Reader struct {
	in     *bufio.Reader
	offset int64 // of the next byte of in, from the start of the file
	begun  bool
	err    error // what ended the reading
}

// NewReader returns a Reader of the file that r holds. It reads nothing yet.
func NewReader(r io.Reader) *Reader {
	return &Reader{in: bufio.NewReader(r)}
}

// Next returns the next audio, video or data tag; the caller owns its body. Tags
// of other types are skipped. The error is io.EOF at the end of the file; it
// wraps io.ErrUnexpectedEOF where the file is cut short, after all whole tags
// have been returned. After an error there is only that error.
func (r *Reader) Next() (Tag, error) {
	for r.err == nil {
		if !r.begun {
			r.begun, r.err = true, r.fileHeader()
			continue
		}
		tag, known, err := r.tag()
		r.err = err
		if known {
			return tag, nil
		}
	}
	return Tag{}, r.err
}

// fileHeader reads the header and the size of the tag that is not before the
// first one (E.2, E.3).
func (r *Reader) fileHeader() error {
	var b [fileHeaderSize]byte
	n, err := r.fill(b[:])
	if !bytes.HasPrefix([]byte("FLV"), b[:min(n, 3)]) || n == 0 && err == io.EOF {
		return fmt.Errorf("not an FLV file: it begins with %q, not with \"FLV\"", b[:min(n, 3)])
	}
	if err != nil {
		return r.cut("its header", err)
	}
	if b[3] != 1 {
		return fmt.Errorf("FLV version %d is not known; version 1 is", b[3])
	}
	size := binary.BigEndian.Uint32(b[5:])
	if size < fileHeaderSize || size > maxFileHeader {
		return fmt.Errorf("FLV header says it has %d bytes, not %d to %d", size, fileHeaderSize, maxFileHeader)
	}
	return r.skip(int64(size)-fileHeaderSize+tagSizeSize, "its header")
}

// tag reads one tag with the size that follows it. A tag is known if it is whole
// and of a kind that Next returns, though the size may be cut off: then the
// error is for the next call.
func (r *Reader) tag() (t Tag, known bool, err error) {
	start := r.offset
	var b [tagHeaderSize]byte
	if _, err := r.fill(b[:]); err != nil {
		if err == io.EOF {
			return Tag{}, false, io.EOF
		}
		return Tag{}, false, r.cut(fmt.Sprintf("the header of the tag at byte %d", start), err)
	}
	if b[0]&0x20 != 0 {
		return Tag{}, false, fmt.Errorf("FLV tag at byte %d is encrypted; save the file without protection", start)
	}
	// A body's size, then three low bytes of the time and its high one.
	size := int(binary.BigEndian.Uint32(b[0:4]) & 0xffffff)
	t = Tag{Kind: media.Kind(b[0] & 0x1f), Time: binary.BigEndian.Uint32(b[3:7])<<8>>8 | uint32(b[7])<<24}
	if t.Body, err = r.body(size); err != nil {
		return Tag{}, false, r.cut(fmt.Sprintf("the tag at byte %d, which has %d bytes", start, size), err)
	}
	known = t.Kind == media.Audio || t.Kind == media.Video || t.Kind == media.Data
	// Its value is not checked: players ignore it, and some writers err.
	return t, known, r.skip(tagSizeSize, fmt.Sprintf("the size after the tag at byte %d", start))
}

// body reads n bytes. Memory grows with what has come, not with what the file
// promises.
func (r *Reader) body(n int) ([]byte, error) {
	const trusted = 256 << 10
	if n <= trusted {
		b := make([]byte, n)
		_, err := r.fill(b)
		return b, err
	}
	var buf bytes.Buffer
	buf.Grow(trusted)
	m, err := io.CopyN(&buf, r.in, int64(n))
	r.offset += m
	return buf.Bytes(), err
}

func (r *Reader) fill(b []byte) (int, error) {
	n, err := io.ReadFull(r.in, b)
	r.offset += int64(n)
	return n, err
}

func (r *Reader) skip(n int64, where string) error {
	m, err := io.CopyN(io.Discard, r.in, n)
	r.offset += m
	if err != nil {
		return r.cut(where, err)
	}
	return nil
}

// cut says that the file ends too early, unless reading failed for another
// reason.
func (r *Reader) cut(where string, err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("FLV file is cut short at byte %d, in %s: %w", r.offset, where, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("read FLV file at byte %d, in %s: %w", r.offset, where, err)
}
