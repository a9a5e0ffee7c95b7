package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/hawker-live/hawker/overlay/web"
)

// visitor is a browser's connection.
type visitor struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

// visit connects from an address of this computer.
func (s *shop) visit(t *testing.T, from string) *visitor {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.Dial("tcp", s.addr)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return &visitor{t, conn, bufio.NewReader(conn)}
}

// asks tells whether a request is answered; of a stream of events the beginning.
func (v *visitor) asks(path string) bool {
	if _, err := fmt.Fprintf(v, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		return false
	}
	res, err := http.ReadResponse(v.in, nil)
	if err != nil {
		return false
	}
	if res.ContentLength < 0 {
		return true // to close it is to wait for its end
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close()) == nil
}

// few starts a shop where few connections may be open.
func few(t *testing.T, all, each int, options ...option) *shop {
	t.Helper()
	s := &shop{t: t, book: &book{state: &overlay.State{}}, addr: "127.0.0.1:0", conns: [2]int{all, each}}
	s.start(options...)
	t.Cleanup(func() { s.stop() })
	return s
}

func (s *shop) turnedOut(t *testing.T, limit string) float64 {
	return figure(t, s, "hawker_public_connections_turned_out_total", "limit", limit)
}

// P5: who opens one connection after the other has no more than so many, and the
// others have theirs.
func TestConnectionsOfAnAddressAreBounded(t *testing.T) {
	s := few(t, 100, 3)
	var all []*visitor
	for range 3 {
		v := s.visit(t, "127.0.0.1")
		if !v.asks("/o/none") {
			t.Fatal("a viewer gets no answer")
		}
		all = append(all, v)
	}
	other := s.visit(t, "127.0.0.2")
	if last := s.visit(t, "127.0.0.1"); !last.asks("/o/none") || s.turnedOut(t, "address") != 1 {
		t.Error("one more gets no answer, or nobody has to go")
	}
	there := 0
	for _, v := range all {
		if v.asks("/o/none") {
			there++
		}
	}
	if there != 2 {
		t.Errorf("%d of the three are there, want all but one", there)
	}
	if !other.asks("/o/none") {
		t.Error("another address pays for it")
	}
}

// Who is being served is not turned out for who comes.
func TestBusyConnectionsStay(t *testing.T) {
	for limit, bounds := range map[string][2]int{"address": {100, 3}, "all": {3, 100}} {
		t.Run(limit, func(t *testing.T) {
			s := few(t, bounds[0], bounds[1])
			var all []*visitor
			for range 3 {
				v := s.visit(t, "127.0.0.1")
				if !v.asks(s.link("main", "/events")) {
					t.Fatal("an overlay gets no answer")
				}
				all = append(all, v)
			}
			if s.visit(t, "127.0.0.1").asks("/o/none") || s.turnedOut(t, limit) == 0 {
				t.Error("there is room for one more")
			}
			must(t, all[0].Close())
			eventually(t, func() bool { return s.visit(t, "127.0.0.1").asks("/o/none") })
			for _, v := range all[1:] {
				if line, err := v.in.ReadString('\n'); err != nil {
					t.Errorf("an overlay is cut after %q: %v", line, err)
				}
			}
		})
	}
}

func TestAllConnectionsAreBounded(t *testing.T) {
	s := few(t, 5, 100)
	var all []*visitor
	for i := range 21 {
		v := s.visit(t, fmt.Sprint("127.0.0.", 1+i))
		if !v.asks("/o/none") {
			t.Fatalf("viewer %d gets no answer", i)
		}
		all = append(all, v)
	}
	stay := 0
	for _, v := range all {
		if v.asks("/o/none") {
			stay++
		}
	}
	if out := s.turnedOut(t, "all"); stay != 5 || out != 16 {
		t.Errorf("%v were turned out and %d may stay, want 16 and 5", out, stay)
	}
}

// Behind a proxy all viewers have its address.
func TestATrustedProxyHasManyConnections(t *testing.T) {
	s := few(t, 100, 3, func(c *web.Config) { c.Settings.TrustedProxies = prefixes("127.0.0.1/32") })
	var all []*visitor
	for range 20 {
		all = append(all, s.visit(t, "127.0.0.1"))
	}
	for i, v := range all {
		if !v.asks("/o/none") {
			t.Errorf("viewer %d gets no answer", i)
		}
	}
}

// failing is a listener that takes one connection, and fails when told to.
type failing struct {
	net.Listener
	taken bool
	fail  chan struct{}
}

var errBroken = errors.New("broken")

func (f *failing) Accept() (net.Conn, error) {
	if f.taken {
		<-f.fail
		return nil, errBroken
	}
	f.taken = true
	return f.Listener.Accept()
}

// A server whose listener fails leaves nothing behind.
func TestServeEndsWholeWhenItsListenerFails(t *testing.T) {
	ended := make(chan error, 1)
	handled, fail := make(chan bool, 1), make(chan struct{})
	s := open(t, func(c *web.Config) {
		c.Mount = func(mux *http.ServeMux) {
			mux.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) {
				close(fail)
				<-r.Context().Done()
				select {
				case err := <-ended:
					ended <- err
					handled <- false
				case <-time.After(100 * time.Millisecond):
					handled <- true
				}
			})
		}
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = ln.Close() }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = fmt.Fprint(conn, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	go func() { ended <- s.web.Serve(context.Background(), &failing{Listener: ln, fail: fail}) }()
	select {
	case in := <-handled:
		if !in {
			t.Error("Serve does not wait for its handlers")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the handler goes on")
	}
	if err := <-ended; !errors.Is(err, errBroken) {
		t.Errorf("Serve says %v", err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil {
		return // an answer, and then the end
	} else if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		t.Error("the connection is left open")
	}
}
