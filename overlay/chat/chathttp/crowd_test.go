package chathttp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The variables that make the test binary a crowd, in a process of its own: where
// the chat is, and for how long to write.
const (
	crowdURL  = "HAWKER_CHAT_CROWD_URL"
	crowdTime = "HAWKER_CHAT_CROWD_TIME"
)

// What a crowd is.
const (
	crowdReaders = 990
	crowdStuck   = 10
	crowdRate    = 50 // messages a second, each of another viewer
)

// report is what a crowd has seen.
type report struct {
	Posted, Refused int
	// Missing is how many messages readers did not get, all together.
	Missing int
	// From a message's post to its arrival at a reader, and to its
	// acknowledgement.
	P50, P99, Max, AckP99 time.Duration
	// Lost are readers that were cut.
	Lost int
	Err  string
}

// crowd reads and writes, says "ready" and waits for a line in between, and then
// reports.
func crowd() {
	r := &report{}
	length, err := time.ParseDuration(os.Getenv(crowdTime))
	if err == nil {
		err = gather(os.Getenv(crowdURL), length, r)
	}
	if err != nil {
		r.Err = err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
}

// hist counts by tenths of milliseconds.
type hist [1 << 17]atomic.Int64

func (h *hist) add(d time.Duration) {
	h[min(max(0, int(d/(100*time.Microsecond))), len(h)-1)].Add(1)
}

// at is below which a part of all is.
func (h *hist) at(part float64) time.Duration {
	var all, n int64
	for i := range h {
		all += h[i].Load()
	}
	for i := range h {
		if n += h[i].Load(); float64(n) >= part*float64(all) {
			return time.Duration(i+1) * 100 * time.Microsecond
		}
	}
	return 0
}

func gather(url string, length time.Duration, r *report) error {
	ctx, cancel := context.WithTimeout(context.Background(), length+time.Minute)
	defer cancel()
	var readers sync.WaitGroup
	var delays, acks hist
	got := make([]atomic.Int64, crowdReaders)
	var lost atomic.Int64
	var conns []net.Conn
	for i := range crowdReaders + crowdStuck {
		conn, err := connect(ctx, url, "main", fmt.Sprintf("10.0.%d.%d", i/250, i%250), i >= crowdReaders)
		if err != nil {
			return err
		}
		conns = append(conns, conn)
		if i < crowdReaders {
			readers.Go(func() {
				err := eventsOf(conn, func(kind, data string) bool {
					if kind == "message" {
						got[i].Add(1)
						delays.add(since(data))
					}
					return false
				})
				if !errors.Is(err, net.ErrClosed) {
					lost.Add(1)
				}
			})
		}
	}
	_, _ = fmt.Fprintln(os.Stdout, "ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	write(ctx, url, length, r, &acks)
	wait(ctx, 2*time.Second)
	for _, conn := range conns {
		_ = conn.Close()
	}
	readers.Wait()
	for i := range got {
		r.Missing += r.Posted - int(got[i].Load())
	}
	r.P50, r.P99, r.Max, r.AckP99, r.Lost = delays.at(.5), delays.at(.99), delays.at(1), acks.at(.99), int(lost.Load())
	return nil
}

// since is how long ago a message was posted, which its text tells.
func since(data string) time.Duration {
	_, text, _ := strings.Cut(data, `"text":"`)
	digits, _, _ := strings.Cut(text, " ")
	nanos, _ := strconv.ParseInt(digits, 10, 64)
	return time.Duration(time.Now().UnixNano() - nanos)
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// write posts crowdRate messages a second, in turn by as many viewers.
func write(ctx context.Context, url string, length time.Duration, r *report, acks *hist) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: crowdRate}}
	defer client.CloseIdleConnections()
	var ids []string
	for range crowdRate {
		ids = append(ids, newID())
	}
	ticker := time.NewTicker(time.Second / crowdRate)
	defer ticker.Stop()
	var posts sync.WaitGroup
	var posted, refused atomic.Int64
	for n := range int(length.Seconds() * crowdRate) {
		<-ticker.C
		posts.Go(func() {
			begun := time.Now()
			if say(ctx, client, url, ids[n%crowdRate], n%crowdRate) != nil {
				refused.Add(1)
				return
			}
			posted.Add(1)
			acks.add(time.Since(begun))
		})
	}
	posts.Wait()
	r.Posted, r.Refused = int(posted.Load()), int(refused.Load())
}

func say(ctx context.Context, client *http.Client, url, id string, n int) error {
	body, err := json.Marshal(map[string]string{
		"viewer": id, "nickname": fmt.Sprintf("Ana %d", n), "text": strconv.FormatInt(time.Now().UnixNano(), 10) + " is it still hot, and how many are left? I would like two",
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/main/chat", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Test-Address", fmt.Sprintf("10.1.0.%d", n))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusCreated {
		err = errors.New(resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}
