package rtmp

import (
	"bytes"

	"github.com/yutopp/go-rtmp/message"
)

// Command is an AMF0 command (section 7.2): a name, a transaction and its values.
type Command struct {
	// Name is what is asked or answered.
	Name string
	// Txn is the transaction ID: an answer has its question's.
	Txn int64
	// Values is what follows the transaction, the command object first.
	Values []any
}

// ParseCommand decodes a command message's body.
func ParseCommand(body []byte) (Command, error) {
	v, err := decodeAMF(body)
	if err != nil {
		return Command{}, err
	}
	if len(v) < 1 {
		return Command{}, protocolError("an empty command")
	}
	c := Command{}
	var ok bool
	if c.Name, ok = v[0].(string); !ok {
		return Command{}, protocolError("a command without a name")
	}
	if len(v) > 1 {
		n, _ := v[1].(float64) // onStatus of some servers has null here
		c.Txn = int64(n)
		c.Values = v[2:]
	}
	return c, nil
}

// Text returns value i if it is a string.
func (c Command) Text(i int) string {
	if i >= len(c.Values) {
		return ""
	}
	s, _ := c.Values[i].(string)
	return s
}

// Number returns value i if it is a number.
func (c Command) Number(i int) float64 {
	if i >= len(c.Values) {
		return 0
	}
	n, _ := c.Values[i].(float64)
	return n
}

// Object returns the value i if it is an object; reading a nil map is fine.
func (c Command) Object(i int) map[string]any {
	if i >= len(c.Values) {
		return nil
	}
	o, _ := c.Values[i].(map[string]any)
	return o
}

// Status returns the information object of onStatus, _result or _error: the
// last object among the values, since servers disagree on where it stands.
func (c Command) Status() (level, code, description string) {
	for i := len(c.Values) - 1; i >= 0; i-- {
		if o := c.Object(i); o != nil {
			level, _ = o["level"].(string)
			code, _ = o["code"].(string)
			description, _ = o["description"].(string)
			return level, code, description
		}
	}
	return "", "", ""
}

// NewCommand makes a command message for a message stream.
func NewCommand(streamID uint32, name string, txn int64, values ...any) (Message, error) {
	body, err := encodeAMF(values...)
	if err != nil {
		return Message{}, err
	}
	var b bytes.Buffer
	err = message.NewEncoder(&b).Encode(&message.CommandMessage{
		CommandName: name, TransactionID: txn, Encoding: message.EncodingTypeAMF0, Body: bytes.NewReader(body),
	})
	return Message{Type: TypeCommand, StreamID: streamID, Body: b.Bytes()}, err
}

// statusInfo is the information object of onStatus (section 7.2.2).
type statusInfo struct {
	Level       string `amf0:"level"`
	Code        string `amf0:"code"`
	Description string `amf0:"description"`
}
