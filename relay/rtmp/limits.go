package rtmp

// Limits bounds what one peer can make this process hold. A Server is strict
// until a publisher has been let in. The zero value of a field is what holds
// after that.
type Limits struct {
	// MaxMessage is the largest message in bytes: 64 KiB until a publisher has
	// been let in, 8 MiB after.
	MaxMessage int
	// MaxBuffered is how many bytes of messages that have begun but not ended
	// may be held, over all chunk streams: 256 KiB, and 16 MiB after publish.
	MaxBuffered int
	// MaxChunkStreams is how many chunk streams a peer may open: 64.
	MaxChunkStreams int
	// MinChunkSize is the smallest chunk size in bytes that a peer may set: 128,
	// the protocol's default. Smaller chunks only cost work.
	MinChunkSize uint32
}

// orDefaults fills in what was left at zero.
func (l Limits) orDefaults() Limits {
	d := afterPublish()
	return Limits{
		MaxMessage:      or(l.MaxMessage, d.MaxMessage),
		MaxBuffered:     or(l.MaxBuffered, d.MaxBuffered),
		MaxChunkStreams: or(l.MaxChunkStreams, d.MaxChunkStreams),
		MinChunkSize:    or(l.MinChunkSize, d.MinChunkSize),
	}
}

// beforePublish holds until a peer has shown that it may publish.
func beforePublish() Limits {
	return Limits{MaxMessage: 64 << 10, MaxBuffered: 256 << 10, MaxChunkStreams: 64, MinChunkSize: 128}
}

// afterPublish holds for media: 8 MiB is a keyframe of 60 Mb/s video each second.
func afterPublish() Limits {
	return Limits{MaxMessage: 8 << 20, MaxBuffered: 16 << 20, MaxChunkStreams: 64, MinChunkSize: 128}
}
