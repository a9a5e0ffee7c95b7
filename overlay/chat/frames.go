package chat

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/hawker-live/hawker/overlay"
)

// View is a room as a page begins with it: the event "room".
type View struct {
	Enabled     bool `json:"enabled"`
	SlowSeconds int  `json:"slow_seconds"`
	// RetentionSeconds is how long messages are kept, and Notice says so.
	RetentionSeconds int64  `json:"retention_seconds"`
	Notice           string `json:"notice"`
	// Host is the nickname that only the host has.
	Host     string                `json:"host"`
	Messages []overlay.ChatMessage `json:"messages"`
}

// mode is the event "mode".
type mode struct {
	Enabled     bool `json:"enabled"`
	SlowSeconds int  `json:"slow_seconds"`
}

// deletion is the event "delete".
type deletion struct {
	ID uint64 `json:"id"`
}

// erasure is the event "erase".
type erasure struct {
	Viewer string `json:"viewer"`
}

// beat is the event "beat"; Now is in Unix milliseconds.
type beat struct {
	Now int64 `json:"now"`
}

// frame adds one event, as a stream of server-sent events has it. JSON has no line
// breaks, and <, > and & are escaped in it.
func frame(b *bytes.Buffer, event string, v any) {
	data, err := json.Marshal(v)
	if err != nil { // all that is sent can be encoded
		return
	}
	b.WriteString("event: " + event + "\ndata: ")
	b.Write(data)
	b.WriteString("\n\n")
}

func oneFrame(event string, v any) []byte {
	var b bytes.Buffer
	frame(&b, event, v)
	return b.Bytes()
}

func (r *room) view(retention time.Duration) View {
	return View{
		Enabled: r.settings.Enabled, SlowSeconds: r.settings.SlowSeconds,
		RetentionSeconds: int64(retention.Seconds()), Notice: Notice(retention),
		Host: r.stream.Host, Messages: append([]overlay.ChatMessage{}, r.backlog...),
	}
}

// opening is what a newcomer gets first.
func (r *room) opening(retention time.Duration) []byte {
	if r.snapshot == nil {
		r.snapshot = oneFrame("room", r.view(retention))
	}
	return r.snapshot
}
