package flv

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/hawker-live/hawker/relay/media"
)

// Writer writes a file, one Write of the underlying writer a tag. It is for one
// goroutine.
type Writer struct {
	out io.Writer
	buf []byte // what is to be written next; begins as the file's header
	err error  // what ended the writing
}

// NewWriter returns a Writer to w of a file that says it has audio, video, or
// both. It writes nothing yet: the header goes out with the first tag.
func NewWriter(w io.Writer, hasAudio, hasVideo bool) *Writer {
	var flags byte
	if hasAudio {
		flags |= 4
	}
	if hasVideo {
		flags |= 1
	}
	return &Writer{out: w, buf: []byte{'F', 'L', 'V', 1, flags, 0, 0, 0, fileHeaderSize, 0, 0, 0, 0}}
}

// Write appends a tag; it does not keep the body. An error of the underlying
// writer may have left a part of the tag behind, so it is the error of all
// later calls too.
func (w *Writer) Write(t Tag) error {
	if w.err != nil {
		return w.err
	}
	if t.Kind != media.Audio && t.Kind != media.Video && t.Kind != media.Data {
		return fmt.Errorf("write FLV tag: kind %d is none of audio, video, data", t.Kind)
	}
	if len(t.Body) > MaxBody {
		return fmt.Errorf("write FLV tag: %s body has %d bytes, more than %d", t.Kind, len(t.Body), MaxBody)
	}
	w.append(t)
	if _, err := w.out.Write(w.buf); err != nil {
		w.err = fmt.Errorf("write FLV tag: %w", err)
		return w.err
	}
	w.buf = w.buf[:0]
	return nil
}

// append puts a tag and its size into the buffer (E.4.1, E.3).
func (w *Writer) append(t Tag) {
	size := uint32(len(t.Body))
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(t.Kind)<<24|size)
	w.buf = append(w.buf, byte(t.Time>>16), byte(t.Time>>8), byte(t.Time), byte(t.Time>>24))
	w.buf = append(w.buf, 0, 0, 0) // StreamID, always 0
	w.buf = append(w.buf, t.Body...)
	w.buf = binary.BigEndian.AppendUint32(w.buf, tagHeaderSize+size)
}
