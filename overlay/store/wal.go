package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Sizes of the write-ahead log, https://www.sqlite.org/fileformat2.html#walformat.
const (
	walHeader   = 32
	frameHeader = 24
)

// checkLog finds a write-ahead log that is damaged before its end. SQLite takes
// the first frame that is not as it was written for the end of the log, since a
// crash may tear the last transaction; what follows would be lost without a word.
// But a transaction is synced before the next one begins: where two end after a
// bad frame, it was not torn.
func checkLog(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	at, err := damageAt(bufio.NewReaderSize(file, 1<<16))
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if at >= 0 {
		return fmt.Errorf("%s is damaged at byte %d, and there is more after it: use a backup of the folder, "+
			"or lose what was written from there on: truncate -s %d %s", path, at, at, path)
	}
	return nil
}

// walReader checks one frame after the other. Checksums go on from frame to frame.
type walReader struct {
	order  binary.ByteOrder
	salt   [8]byte
	stored [2]uint32 // the checksum that the frame before says it has
	frame  []byte
}

// damageAt gives where the first bad frame begins, or -1.
func damageAt(r io.Reader) (int64, error) {
	w, whole, err := readHeader(r)
	if w == nil {
		if whole && err == nil {
			return 0, nil // it is synced before anything follows
		}
		return -1, err
	}
	bad, commits := int64(-1), 0
	for at := int64(walHeader); ; at += int64(len(w.frame)) {
		switch _, err := io.ReadFull(r, w.frame); {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return -1, nil
		case err != nil:
			return -1, err
		}
		commit := binary.BigEndian.Uint32(w.frame[4:]) != 0
		switch ok := w.check(); {
		case !ok && bad < 0:
			bad = at
		case ok && bad >= 0 && commit:
			commits++
		}
		if commits == 2 {
			return bad, nil
		}
	}
}

// readHeader gives no reader for a header that is not whole or not right.
func readHeader(r io.Reader) (w *walReader, whole bool, err error) {
	h := make([]byte, walHeader)
	switch _, err := io.ReadFull(r, h); {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	w = &walReader{order: binary.LittleEndian}
	if h[3]&1 == 1 {
		w.order = binary.BigEndian
	}
	size := binary.BigEndian.Uint32(h[8:])
	w.stored = [2]uint32{binary.BigEndian.Uint32(h[24:]), binary.BigEndian.Uint32(h[28:])}
	if size < 512 || size > 65536 || size&(size-1) != 0 || w.sum([2]uint32{}, h[:24]) != w.stored {
		return nil, true, nil
	}
	copy(w.salt[:], h[16:])
	w.frame = make([]byte, frameHeader+size)
	return w, true, nil
}

// check reports whether the frame is as it was written, and of this log: behind
// its end there may be older frames, with another salt.
func (w *walReader) check() bool {
	f, before := w.frame, w.stored
	w.stored = [2]uint32{binary.BigEndian.Uint32(f[16:]), binary.BigEndian.Uint32(f[20:])}
	return [8]byte(f[8:16]) == w.salt && w.sum(w.sum(before, f[:8]), f[frameHeader:]) == w.stored
}

func (w *walReader) sum(s [2]uint32, data []byte) [2]uint32 {
	for ; len(data) >= 8; data = data[8:] {
		s[0] += w.order.Uint32(data) + s[1]
		s[1] += w.order.Uint32(data[4:]) + s[0]
	}
	return s
}
