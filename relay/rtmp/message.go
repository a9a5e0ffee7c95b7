package rtmp

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/yutopp/go-rtmp/message"
)

// Message type IDs (sections 5.4 and 7.1) as they stand on the wire.
const (
	TypeSetChunkSize     = uint8(message.TypeIDSetChunkSize)
	TypeAbort            = uint8(message.TypeIDAbortMessage)
	TypeAck              = uint8(message.TypeIDAck)
	TypeUserControl      = uint8(message.TypeIDUserCtrl)
	TypeWindowAckSize    = uint8(message.TypeIDWinAckSize)
	TypeSetPeerBandwidth = uint8(message.TypeIDSetPeerBandwidth)
	TypeAudio            = uint8(message.TypeIDAudioMessage)
	TypeVideo            = uint8(message.TypeIDVideoMessage)
	TypeDataAMF3         = uint8(message.TypeIDDataMessageAMF3)
	TypeCommandAMF3      = uint8(message.TypeIDCommandMessageAMF3)
	TypeData             = uint8(message.TypeIDDataMessageAMF0)
	TypeCommand          = uint8(message.TypeIDCommandMessageAMF0)
	TypeAggregate        = uint8(message.TypeIDAggregateMessage)
)

// Message is one RTMP message.
type Message struct {
	// Type is the message type ID.
	Type uint8
	// StreamID is the message stream it belongs to; 0 is the connection itself.
	StreamID uint32
	// Time is the sender's clock in milliseconds, modulo 2^32.
	Time uint32
	// Body is the payload. A message that was read owns its body; one that is
	// written only borrows it.
	Body []byte
}

// ErrProtocol is what every violation of the protocol or of Limits wraps.
var ErrProtocol = errors.New("protocol error")

func protocolError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// setDataFrame is the AMF0 string "@setDataFrame", which asks a server to keep
// the data message that follows it for those who join later (section 7.1.3).
var setDataFrame = []byte("\x02\x00\x0d@setDataFrame")

// SetDataFrame returns a data message's body that asks the server to keep
// metadata. It copies; metadata is sent once per connection.
func SetDataFrame(metadata []byte) []byte {
	return append(bytes.Clone(setDataFrame), metadata...)
}

// encodeControl returns a control message's body in go-rtmp's encoding.
func encodeControl(m message.Message) []byte {
	var b bytes.Buffer
	// A bytes.Buffer takes every write, and the values encoded here are ours.
	_ = message.NewEncoder(&b).Encode(m)
	return b.Bytes()
}

// control returns a protocol control message, which is always of message
// stream 0 at time 0 (section 5.4).
func control(m message.Message) Message {
	return Message{Type: uint8(m.TypeID()), Body: encodeControl(m)}
}
