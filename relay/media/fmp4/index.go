package fmp4

import (
	"encoding/binary"
	"time"
)

const (
	spaceKind = "free"
	indexKind = "sidx"
)

// Space is a box that says nothing, of n bytes, at least 64: put between header
// and fragments it has room for an index, which a file can only get when it is
// complete.
func Space(n int) []byte {
	b := make([]byte, n)
	copy(b[4:], spaceKind)
	binary.BigEndian.PutUint32(b, uint32(n))
	return b
}

// Plan begins the extent of a file that is not written, but made as it is read: a
// header and a Space of these sizes, and the fragments that Add tells of. A nil
// track is none.
func Plan(video, audio *Track, header, space int64) *Extent {
	lead, id := video, uint32(videoID)
	if lead == nil {
		lead, id = audio, audioID
	}
	return &Extent{
		Whole: header + space, space: box{spaceKind, header, space},
		track: id, scales: map[uint32]uint32{id: lead.Timescale},
	}
}

// Add adds a fragment of some size, that begins at a time, and with which decoding
// can begin or not. When the last one ends is for the caller to say, in End.
func (e *Extent) Add(size int64, start time.Duration, key bool) {
	e.pieces = append(e.pieces, piece{e.Whole, size, start, key})
	e.Whole += size
}

// indexHead is the size of an index without its entries, of which each takes
// indexEntry (ISO/IEC 14496-12 section 8.16.3).
const (
	indexHead  = 40
	indexEntry = 12
)

// Index makes an index, with which players know how long a file is and where to
// begin for a time, that fits into the file's Space; offset is where that begins.
// It is nil if there is no room, or an index already.
//
// Nothing of it counts until its first 8 bytes are written: they should be the
// last.
func (e *Extent) Index() (data []byte, offset int64) {
	if e.space.kind != spaceKind || e.space.size > maxBox {
		return nil, 0
	}
	entries := e.entries(int(e.space.size-indexHead-boxHeader) / indexEntry)
	if len(entries) == 0 {
		return nil, 0
	}
	scale := e.scales[e.track]
	at := func(t time.Duration) uint64 { return uint64(toSamples(t, int64(scale))) }
	size := indexHead + indexEntry*len(entries)
	b := make([]byte, 0, e.space.size)
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = append(append(b, indexKind...), 1, 0, 0, 0) // version 1
	b = binary.BigEndian.AppendUint32(b, e.track)
	b = binary.BigEndian.AppendUint32(b, scale)
	b = binary.BigEndian.AppendUint64(b, at(entries[0].start))
	b = binary.BigEndian.AppendUint64(b, uint64(entries[0].offset-e.space.offset-int64(size)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(entries))) // after two bytes of 0
	for i, p := range entries {
		end := e.End
		if i+1 < len(entries) {
			end = entries[i+1].start
		}
		b = binary.BigEndian.AppendUint32(b, uint32(p.size))
		b = binary.BigEndian.AppendUint32(b, uint32(at(end)-at(p.start)))
		b = binary.BigEndian.AppendUint32(b, 1<<31|1<<28) // begins with a keyframe (SAP type 1)
	}
	return append(b, Space(int(e.space.size)-size)...), e.space.offset
}

// entries are stretches of the file that begin with keyframes, at most so many.
// There are none if they do not follow the space without a gap.
func (e *Extent) entries(most int) (out []piece) {
	keys := 0
	for _, p := range e.pieces {
		if p.key {
			keys++
		}
	}
	if most < 1 || keys == 0 || !e.pieces[0].key || e.scales[e.track] == 0 {
		return nil
	}
	stride := (min(keys, 1<<30) + min(most, 1<<16-1) - 1) / min(most, 1<<16-1)
	n := 0
	next := e.pieces[0].offset
	for _, p := range e.pieces {
		if p.offset != next {
			return nil
		}
		next += p.size
		switch last := len(out) - 1; {
		case p.key && n%stride == 0:
			out = append(out, p)
		default:
			if out[last].size += p.size; out[last].size >= 1<<31 {
				return nil // more than an entry can say
			}
		}
		if p.key {
			n++
		}
	}
	return out
}
