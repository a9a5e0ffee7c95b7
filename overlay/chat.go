package overlay

import "time"

// ChatRole says who speaks.
type ChatRole string

// Who speaks in a chat. Viewers have no account: anybody may use any nickname
// but the host's.
const (
	ChatViewer    ChatRole = "viewer"
	ChatHost      ChatRole = "host"
	ChatModerator ChatRole = "moderator"
)

// ChatMessage is one line of a stream's chat. It is plain text, and whoever shows
// it must show it as that.
type ChatMessage struct {
	// ID rises with each message, over all streams and starts. It is below 2^53,
	// so that every reader of JSON can hold it.
	ID     uint64 `json:"id"`
	Stream string `json:"-"`
	// At is the server's time, to the millisecond.
	At time.Time `json:"at"`
	// Viewer is the public id of whoever wrote it; empty for host and moderators.
	Viewer   string   `json:"viewer,omitempty"`
	Nickname string   `json:"nickname"`
	Role     ChatRole `json:"role"`
	Text     string   `json:"text"`
}

// ChatSanctionKind says what a viewer may not do.
type ChatSanctionKind string

// ChatMute keeps a viewer from writing, and on the same day those from the same
// address who are new. ChatBan keeps the viewer and all from that address.
const (
	ChatMute ChatSanctionKind = "mute"
	ChatBan  ChatSanctionKind = "ban"
)

// ChatSanction is in force for one viewer of one stream; another one replaces it.
type ChatSanction struct {
	Stream string           `json:"-"`
	Viewer string           `json:"viewer"`
	Kind   ChatSanctionKind `json:"kind"`
	Until  time.Time        `json:"until"`
	// Address is a hash of the viewer's address with the salt of Day (UTC), which
	// is thrown away when the day is over; nil when the address is not known, or
	// is left alone.
	Address []byte `json:"-"`
	Day     string `json:"-"`
}

// ChatSettings are what the host has set for a stream's chat.
type ChatSettings struct {
	Enabled bool `json:"enabled"`
	// SlowSeconds is the least time between two messages of one viewer, 0 to 300.
	SlowSeconds int `json:"slow_seconds"`
	// FileSlowSeconds is what the configuration said when SlowSeconds was set:
	// when it says something else, that counts.
	FileSlowSeconds int `json:"file_slow_seconds,omitempty"`
	// BlockedWords are words or phrases that no message may have, besides those of
	// the configuration.
	BlockedWords []string `json:"blocked_words"`
}

// ChatChange is one thing to be kept, or not any longer. One of its fields besides
// Stream and Viewer is set.
type ChatChange struct {
	// Stream and Viewer say what Deleted, Erased, Lifted and Settings are about.
	Stream, Viewer string

	Message *ChatMessage
	// Deleted is the ID of a message of Stream.
	Deleted uint64
	// Cleared asks for all messages of Viewer on Stream to be deleted, and Erased
	// for those on all streams.
	Cleared, Erased bool
	Sanction        *ChatSanction
	// Lifted ends the sanction of Viewer on Stream.
	Lifted   bool
	Settings *ChatSettings
}

// ChatKept is what was kept of all chats.
type ChatKept struct {
	// Messages are the latest ones of each stream, oldest first.
	Messages  []ChatMessage
	Sanctions []ChatSanction
	// Settings are by stream.
	Settings map[string]ChatSettings
	// LastID is the highest ID of all messages.
	LastID uint64
}
