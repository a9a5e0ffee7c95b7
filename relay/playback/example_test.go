package playback_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/stream"
)

// A stream of a relay, by the name of main, is shown below /main/.
func Example() {
	source, err := stream.New(stream.Config{Name: "main"}) // (*relay.Relay).Stream gives it
	if err != nil {
		panic(err)
	}
	server, err := playback.New(playback.Config{Stream: "main", Source: source})
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()

	mux := http.NewServeMux()
	mux.Handle("/main/", http.StripPrefix("/main", server.Handler()))
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/main/index.m3u8", nil))
	fmt.Print(answer.Code, " ", answer.Body)

	cancel()
	fmt.Println(<-done)
	// Output:
	// 404 the stream is not live
	// <nil>
}
