package rtmp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// printer is an Ingest that tells what it gets.
type printer struct{ done chan struct{} }

func (p printer) Write(kind media.Kind, timestamp uint32, body []byte) error {
	fmt.Printf("%v at %d ms: %d bytes\n", kind, timestamp, len(body))
	return nil
}

func (p printer) Close(goodbye bool) {
	fmt.Println("closed, goodbye:", goodbye)
	close(p.done)
}

// A server decides on each publisher by its key; a dialer publishes to it.
func Example() {
	done := make(chan struct{})
	server, err := rtmp.NewServer(rtmp.ServerConfig{
		Publish: func(_ context.Context, r rtmp.Request, _ func(error)) (rtmp.Ingest, error) {
			if !r.Key.Equal(secret.New("the-key")) {
				return nil, &rtmp.Refusal{Code: rtmp.CodeDenied, Description: "no such key"}
			}
			return printer{done}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- server.Serve(ctx, ln) }()

	dialer := rtmp.Dialer{Timeout: 5 * time.Second}
	target := rtmp.Target{Server: "rtmp://" + ln.Addr().String() + "/live", Key: secret.New("another-key")}
	var refused *rtmp.Refusal
	if _, err := dialer.Publish(ctx, target); errors.As(err, &refused) {
		fmt.Println("refused:", refused.Description)
	}

	target.Key = secret.New("the-key")
	out, err := dialer.Publish(ctx, target)
	if err != nil {
		log.Fatal(err)
	}
	_ = out.Write([]rtmp.Message{
		{Type: rtmp.TypeVideo, Time: 0, Body: make([]byte, 1000)},
		{Type: rtmp.TypeAudio, Time: 21, Body: make([]byte, 100)},
	})
	_ = out.Goodbye()
	<-done
	_ = out.Close()
	cancel()
	fmt.Println(<-served)
	// Output:
	// refused: no such key
	// video at 0 ms: 1000 bytes
	// audio at 21 ms: 100 bytes
	// closed, goodbye: true
	// <nil>
}
