package fmp4

import (
	"errors"
	"io"
	"math"
	"time"
)

// ErrEmpty says that a file holds no whole fragment.
var ErrEmpty = errors.New("there is no whole fragment in this MP4 file")

// Extent is what there is in a file of a header and fragments, as this package
// makes them.
type Extent struct {
	// Whole is where the last whole fragment ends, in bytes. What comes after is
	// torn.
	Whole int64
	// End is when the last sample ends.
	End time.Duration

	pieces []piece
	space  box // see Space
	track  uint32
	scales map[uint32]uint32
}

// piece is a fragment.
type piece struct {
	offset, size int64
	start        time.Duration
	key          bool // decoding can begin with it
}

// Scan finds out what is in a file of some size. It does not read the media. The
// error is of the reading, or ErrEmpty.
func Scan(r io.ReaderAt, size int64) (*Extent, error) {
	e := &Extent{scales: map[uint32]uint32{}}
	var moof box
	for at := int64(0); ; {
		b, ok, err := boxAt(r, at, size)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		switch b.kind {
		case "moov":
			err = e.header(r, b)
		case "moof":
			moof = b
		case "mdat":
			err = e.fragment(r, moof, b)
			moof = box{}
		case spaceKind, indexKind:
			if e.space.size == 0 {
				e.space = b
			}
		}
		if err != nil {
			return nil, err
		}
		at += b.size
	}
	if len(e.pieces) == 0 {
		return nil, ErrEmpty
	}
	return e, nil
}

// header notes the tracks' timescales (ISO/IEC 14496-12 sections 8.3.2, 8.4.2).
func (e *Extent) header(r io.ReaderAt, moov box) error {
	data, err := moov.load(r)
	if err != nil {
		return err
	}
	children(data[boxHeader:], func(kind string, trak []byte) {
		if kind != "trak" {
			return
		}
		var id uint32
		children(trak, func(kind string, b []byte) {
			switch kind {
			case "tkhd":
				id = uint32(field(b, 12, 4))
			case "mdia":
				children(b, func(kind string, b []byte) {
					if kind == "mdhd" {
						e.scales[id] = uint32(field(b, 12, 4))
					}
				})
			}
		})
		if e.track == 0 {
			e.track = id // video comes first
		}
	})
	return nil
}

// fragment notes a moof with its mdat.
func (e *Extent) fragment(r io.ReaderAt, moof, mdat box) error {
	if moof.size == 0 {
		return nil
	}
	data, err := moof.load(r)
	if err != nil {
		return err
	}
	p := piece{offset: moof.offset, size: moof.size + mdat.size, start: math.MaxInt64}
	children(data[boxHeader:], func(kind string, b []byte) {
		if kind == "traf" {
			e.run(b, &p)
		}
	})
	if p.start == math.MaxInt64 {
		return nil
	}
	e.pieces = append(e.pieces, p)
	e.Whole = mdat.offset + mdat.size
	return nil
}

// run notes one track's samples in a fragment (sections 8.8.7, 8.8.8, 8.8.12).
func (e *Extent) run(traf []byte, p *piece) {
	var id uint32
	var base, length uint64
	key := false
	children(traf, func(kind string, b []byte) {
		switch kind {
		case "tfhd":
			id = uint32(field(b, 4, 4))
		case "tfdt":
			base = field(b, 4, 8)
		case "trun":
			length, key = samplesOf(b)
		}
	})
	scale := e.scales[id]
	if scale == 0 || base > math.MaxInt64/2 {
		return
	}
	p.start = min(p.start, ticks(base, scale))
	p.key = p.key || key && id == e.track
	e.End = max(e.End, ticks(base+length, scale))
}

// samplesOf is how long the samples of a trun last together, and whether decoding
// can begin with the first.
func samplesOf(trun []byte) (length uint64, key bool) {
	const offset, first, duration, size, flags, composition = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800
	const dependent = 1 << 16
	has := field(trun, 1, 3)
	width := func(f uint64) int {
		if has&f != 0 {
			return 4
		}
		return 0
	}
	at := 8 + width(offset) + width(first)
	flagsAt := at + width(duration) + width(size)
	key = has&flags == 0 || field(trun, flagsAt, 4)&dependent == 0
	step := flagsAt + width(flags) + width(composition) - at
	if width(duration) == 0 {
		return 0, key
	}
	for ; at+step <= len(trun); at += step {
		length += field(trun, at, 4)
	}
	return length, key
}

// ticks is a time in a track; far beyond any show it is the largest there is.
func ticks(n uint64, scale uint32) time.Duration {
	seconds, rest := n/uint64(scale), n%uint64(scale)
	if seconds > math.MaxInt64/uint64(time.Second)-1 {
		return math.MaxInt64
	}
	return time.Duration(seconds)*time.Second + time.Duration(rest*uint64(time.Second)/uint64(scale))
}
