package control

import (
	"sync"
	"time"
)

// lives are the broadcasts whose beginning or end is to be looked at.
type lives struct {
	bell chan struct{}
	mu   sync.Mutex           // guards the rest
	now  map[string]time.Time // since when; zero when off
	news []notice             // in the order in which they came
}

// notice is a broadcast that has begun, or with a zero time ended.
type notice struct {
	stream string
	since  time.Time
}

// Live tells that a stream's broadcast has begun, or with a zero time that it has
// ended. It does not block.
func (c *Control) Live(stream string, since time.Time) {
	l := &c.lives
	l.mu.Lock()
	l.now[stream] = since
	l.news = append(l.news, notice{stream, since})
	l.mu.Unlock()
	select {
	case l.bell <- struct{}{}:
	default:
	}
}

// again has all of them looked at once more.
func (l *lives) again() {
	l.mu.Lock()
	for stream, since := range l.now {
		l.news = append(l.news, notice{stream, since})
	}
	l.mu.Unlock()
	select {
	case l.bell <- struct{}{}:
	default:
	}
}

func (l *lives) take() []notice {
	l.mu.Lock()
	defer l.mu.Unlock()
	news := l.news
	l.news = nil
	return news
}

func (l *lives) on(stream string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.now[stream].IsZero()
}
