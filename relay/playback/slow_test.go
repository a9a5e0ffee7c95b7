package playback_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowAnswersAreCut has viewers take a segment of 2 s and 68 KB by and by. What
// they have not taken stays in memory for as long as they are waited for: 10 s
// without a byte, or four times TARGETDURATION, which is 3 s.
func TestSlowAnswersAreCut(t *testing.T) {
	tests := map[string]struct {
		pace  int // bytes a second
		whole bool
		limit time.Duration
	}{
		"nothing":               {0, false, 10 * time.Second},
		"each part in its time": {1000, false, 12 * time.Second},
		"all in time":           {10_000, true, 8 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, g *stage) {
				p, stop := g.pipe()
				defer stop()
				folder := g.session()
				synctest.Wait() // until all that the ring has is packaged
				c := p.ask(t, folder+g.now(folder).segments[0].uri)
				began := time.Now()
				got, want := sip(t, c, test.pace)
				if (got == want) != test.whole || want < 60_000 {
					t.Errorf("of %d bytes %d came", want, got)
				}
				if took := (<-p.handled).Sub(began); took > test.limit {
					t.Errorf("it was held for %v, want %v at most", took, test.limit)
				}
			})
		})
	}
}

// sip reads a body at a pace, in bytes a second; 0 is for nothing beyond the
// header. It returns how much came, how much was to come, and hangs up.
func sip(t *testing.T, c net.Conn, pace int) (got, want int64) {
	defer func() { _ = c.Close() }()
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	if err != nil {
		t.Errorf("%v", err)
		return 0, 0
	}
	defer func() { _ = resp.Body.Close() }()
	if pace == 0 {
		time.Sleep(time.Hour)
		pace = 1 << 20
	}
	for {
		n, err := io.CopyN(io.Discard, resp.Body, int64(pace/10))
		if got += n; err != nil || got == resp.ContentLength {
			return got, resp.ContentLength
		}
		time.Sleep(100 * time.Millisecond)
	}
}
