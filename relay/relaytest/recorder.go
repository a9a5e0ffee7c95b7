package relaytest

import (
	"slices"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Command is a command that a client sent.
type Command struct {
	Name    string
	Arrived time.Time
}

// journal is all that a session remembers.
type journal struct {
	keep   int
	bodies bool

	step            rtmp.Step
	serverName, key string
	connect         map[string]any
	commands        []Command
	messages        []Received
	total           int
	goodbye         bool
	ended           bool
	publishedAt     time.Time
	endedAt         time.Time
	err             error
}

func (j *journal) published() bool { return !j.publishedAt.IsZero() }

// record keeps a message and returns how many there have been. What comes
// after the platform's own end of the session is not kept.
func (s *Session) record(m rtmp.Message) (n int) {
	r := Received{Payload: NewPayload(m), Arrived: time.Now()}
	if m.Type == rtmp.TypeData || s.platform.conf.KeepBodies {
		r.Body = m.Body
	}
	s.note(func(j *journal) {
		if j.ended {
			return
		}
		j.total++
		n = j.total
		j.messages = append(j.messages, r)
		j.messages = trim(j.messages, j.keep)
	})
	return n
}

// trim forgets the oldest of more than twice as many as are to be kept.
func trim[T any](list []T, keep int) []T {
	if keep <= 0 || len(list) <= 2*keep {
		return list
	}
	return slices.Clone(list[len(list)-keep:])
}

// get reads the journal.
func get[T any](s *Session, read func(*journal) T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return read(&s.log)
}

// Number is the connection's number on its platform, from 1.
func (s *Session) Number() int { return s.number }

// RemoteAddr is the client's host and port; with Platform.Addr it makes the
// connection's 4-tuple.
func (s *Session) RemoteAddr() string { return s.valve.RemoteAddr().String() }

// Opened is when the connection was accepted.
func (s *Session) Opened() time.Time { return s.opened }

// Step is the last step that was completed, rtmp.StepTCP at first.
func (s *Session) Step() rtmp.Step { return get(s, func(j *journal) rtmp.Step { return j.step }) }

// Published tells whether the client was let in to publish.
func (s *Session) Published() bool { return get(s, (*journal).published) }

// PublishedAt is when the client was let in; zero if it was not.
func (s *Session) PublishedAt() time.Time {
	return get(s, func(j *journal) time.Time { return j.publishedAt })
}

// ServerName is the name that the client asked for in TLS (SNI).
func (s *Session) ServerName() string { return get(s, func(j *journal) string { return j.serverName }) }

// Key is the stream key of publish, also if that was refused.
func (s *Session) Key() string { return get(s, func(j *journal) string { return j.key }) }

// Connect is the command object of connect. Do not change it.
func (s *Session) Connect() map[string]any {
	return get(s, func(j *journal) map[string]any { return j.connect })
}

// App is connect's app.
func (s *Session) App() string { return s.text("app") }

// TCURL is connect's tcUrl.
func (s *Session) TCURL() string { return s.text("tcUrl") }

// FlashVer is connect's flashVer: what the client calls itself.
func (s *Session) FlashVer() string { return s.text("flashVer") }

func (s *Session) text(name string) string {
	v, _ := s.Connect()[name].(string)
	return v
}

// FourCCs is connect's fourCcList.
func (s *Session) FourCCs() (list []string) {
	values, _ := s.Connect()["fourCcList"].([]any)
	for _, v := range values {
		if text, ok := v.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// Commands returns all commands so far, in order.
func (s *Session) Commands() []Command {
	return get(s, func(j *journal) []Command { return slices.Clone(j.commands) })
}

// Goodbye tells whether the client said FCUnpublish, deleteStream or closeStream.
func (s *Session) Goodbye() bool { return get(s, func(j *journal) bool { return j.goodbye }) }

// Messages returns the audio, video and data messages so far, in order; with
// PlatformConfig.Keep the newest of them.
func (s *Session) Messages() []Received {
	return get(s, func(j *journal) []Received { return slices.Clone(j.messages) })
}

// Len is how many messages there have been.
func (s *Session) Len() int { return get(s, func(j *journal) int { return j.total }) }

// Last returns the newest message, if there is one.
func (s *Session) Last() (r Received, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.log.messages); n > 0 {
		return s.log.messages[n-1], true
	}
	return r, false
}

// Bytes is how many bytes have been read from TCP.
func (s *Session) Bytes() int64 { return s.valve.bytes() }

// Ended tells whether the connection has ended, or was ended here.
func (s *Session) Ended() bool { return get(s, func(j *journal) bool { return j.ended }) }

// EndedAt is when it ended; zero before.
func (s *Session) EndedAt() time.Time { return get(s, func(j *journal) time.Time { return j.endedAt }) }

// Err is why it ended: nil if the client closed between two messages (FIN),
// ErrReset or ErrHungUp if the platform did it, a *rtmp.Refusal if it refused.
func (s *Session) Err() error { return get(s, func(j *journal) error { return j.err }) }
