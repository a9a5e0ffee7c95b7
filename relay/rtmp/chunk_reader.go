package rtmp

import (
	"bufio"
	"encoding/binary"
	"io"
)

const (
	defaultChunkSize = 128      // section 5.4.1
	extendedMark     = 0xFFFFFF // a timestamp field with this value has 4 more bytes (section 5.3.1.3)
)

// chunkReader puts messages together from chunks (section 5.3). It allocates a
// message's body once, when its first chunk arrives and only after the declared
// length has passed the limits, and gives the body away with the message.
type chunkReader struct {
	r         *bufio.Reader
	limits    Limits
	chunkSize uint32
	low       [64]*inStream // chunk streams 2 to 63, which is what peers use
	high      map[uint32]*inStream
	streams   int
	buffered  int // bytes of bodies that are not complete
}

// inStream is what a chunk stream remembers from chunk to chunk.
type inStream struct {
	typ      uint8
	sid      uint32
	length   int
	time     uint32 // absolute
	delta    uint32 // the last timestamp field: a delta, or after a type 0 chunk the time itself
	extended bool   // the last timestamp field was an extended one
	body     []byte // nil between messages
	got      int
}

func newChunkReader(r io.Reader, limits Limits) *chunkReader {
	return &chunkReader{r: bufio.NewReaderSize(r, 16<<10), limits: limits, chunkSize: defaultChunkSize, high: map[uint32]*inStream{}}
}

// next reads chunks until a message is complete.
func (c *chunkReader) next() (Message, error) {
	for {
		s, err := c.header()
		if err != nil {
			return Message{}, err
		}
		if done, err := c.payload(s); err != nil {
			return Message{}, err
		} else if done {
			m := Message{Type: s.typ, StreamID: s.sid, Time: s.time, Body: s.body}
			c.drop(s)
			return m, nil
		}
	}
}

// payload reads one chunk's share of the message.
func (c *chunkReader) payload(s *inStream) (done bool, err error) {
	n := min(s.length-s.got, int(c.chunkSize))
	if _, err := io.ReadFull(c.r, s.body[s.got:s.got+n]); err != nil {
		return false, midway(err)
	}
	s.got += n
	return s.got == s.length, nil
}

// abort forgets the half message of a chunk stream (section 5.4.2).
func (c *chunkReader) abort(csid uint32) {
	if s := c.lookup(csid); s != nil && s.body != nil {
		c.drop(s)
	}
}

func (c *chunkReader) drop(s *inStream) {
	c.buffered -= s.length
	s.body, s.got = nil, 0
}

// header reads a chunk's headers (section 5.3.1) and begins a message where one begins.
func (c *chunkReader) header() (*inStream, error) {
	format, csid, err := c.basicHeader()
	if err != nil {
		return nil, err
	}
	s := c.lookup(csid)
	if s == nil {
		// librtmp sends its first control message as type 1, so only types
		// that take the length from a predecessor need one.
		if format > 1 {
			return nil, protocolError("chunk stream %d begins with a type %d chunk, which repeats a header that was never sent", csid, format)
		}
		if s, err = c.open(csid); err != nil {
			return nil, err
		}
	}
	if s.body != nil {
		if format != 3 {
			return nil, protocolError("chunk stream %d begins a message inside another", csid)
		}
		return s, c.skipRepeatedTimestamp(s)
	}
	if err := c.messageHeader(s, format); err != nil {
		return nil, midway(err)
	}
	return s, c.begin(s)
}

// basicHeader reads section 5.3.1.1: the chunk type and 1, 2 or 3 bytes of chunk stream ID.
func (c *chunkReader) basicHeader() (format uint8, csid uint32, err error) {
	b, err := c.r.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	format, csid = b>>6, uint32(b&0x3F)
	if csid > 1 {
		return format, csid, nil
	}
	low, err := c.r.ReadByte()
	if err != nil {
		return 0, 0, midway(err)
	}
	if csid == 0 {
		return format, 64 + uint32(low), nil
	}
	high, err := c.r.ReadByte()
	return format, 64 + uint32(low) + uint32(high)<<8, midway(err)
}

// messageHeader reads section 5.3.1.2 and 5.3.1.3 into s.
func (c *chunkReader) messageHeader(s *inStream, format uint8) error {
	var field [4]byte
	size := [4]int{11, 7, 3, 0}[format]
	// Peek and Discard read without a buffer of our own that would escape.
	h, err := c.r.Peek(size)
	if err != nil {
		return err
	}
	if format <= 2 {
		s.delta = uint32(h[0])<<16 | uint32(h[1])<<8 | uint32(h[2])
		s.extended = s.delta == extendedMark
	}
	if format <= 1 {
		s.length = int(h[3])<<16 | int(h[4])<<8 | int(h[5])
		s.typ = h[6]
	}
	if format == 0 {
		s.sid = binary.LittleEndian.Uint32(h[7:])
	}
	if _, err := c.r.Discard(size); err != nil {
		return err
	}
	if s.extended && format <= 2 {
		ext, err := c.r.Peek(4)
		if err != nil {
			return err
		}
		copy(field[:], ext)
		s.delta = binary.BigEndian.Uint32(field[:])
		if _, err := c.r.Discard(4); err != nil {
			return err
		}
	}
	if format == 3 {
		if err := c.skipRepeatedTimestamp(s); err != nil {
			return err
		}
	}
	if format == 0 {
		s.time = s.delta
	} else {
		s.time += s.delta
	}
	return nil
}

// skipRepeatedTimestamp passes over the extended timestamp of a type 3 chunk.
// The specification asks for it (5.3.1.3), some senders leave it out, and some
// repeat the absolute time where the field was a delta: what stands there is
// taken for a timestamp only if it is one of the two.
func (c *chunkReader) skipRepeatedTimestamp(s *inStream) error {
	if !s.extended {
		return nil
	}
	ext, err := c.r.Peek(4)
	if err != nil {
		return midway(err)
	}
	if v := binary.BigEndian.Uint32(ext); v == s.delta || v == s.time {
		_, err = c.r.Discard(4)
	}
	return midway(err)
}

// begin makes the body of the message that s announces, within the limits.
func (c *chunkReader) begin(s *inStream) error {
	if s.length > c.limits.MaxMessage {
		return protocolError("a message of %d bytes is over the limit of %d", s.length, c.limits.MaxMessage)
	}
	if c.buffered+s.length > c.limits.MaxBuffered {
		return protocolError("unfinished messages of more than %d bytes", c.limits.MaxBuffered)
	}
	c.buffered += s.length
	s.body = make([]byte, s.length)
	return nil
}

func (c *chunkReader) lookup(csid uint32) *inStream {
	if csid < uint32(len(c.low)) {
		return c.low[csid]
	}
	return c.high[csid]
}

func (c *chunkReader) open(csid uint32) (*inStream, error) {
	if c.streams >= c.limits.MaxChunkStreams {
		return nil, protocolError("more than %d chunk streams", c.limits.MaxChunkStreams)
	}
	c.streams++
	s := &inStream{}
	if csid < uint32(len(c.low)) {
		c.low[csid] = s
	} else {
		c.high[csid] = s
	}
	return s, nil
}

// setChunkSize follows the peer's Set Chunk Size (section 5.4.1). A message is
// at most 2^24-1 bytes, so larger sizes mean that much.
func (c *chunkReader) setChunkSize(size uint32) error {
	if size < c.limits.MinChunkSize {
		return protocolError("a chunk size of %d is under the limit of %d", size, c.limits.MinChunkSize)
	}
	c.chunkSize = min(size, 1<<24-1)
	return nil
}

// midway turns an end of file inside a chunk into what it is.
func midway(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
