package record

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A part is sent for as long as somebody takes it, whatever the server allows for
// other answers.
func TestLongPartsAreNotCut(t *testing.T) {
	part := bytes.Repeat([]byte("part"), 4<<20)
	serve := func(w http.ResponseWriter, r *http.Request, patience bool) {
		if patience {
			w = &patient{ResponseWriter: w, control: http.NewResponseController(w)}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(part))
	}
	for name, patience := range map[string]bool{"patient": true, "as it is": false} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, patience) }))
			server.Config.WriteTimeout = 300 * time.Millisecond
			server.Start()
			defer server.Close()
			resp, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			got, pace := 0, time.NewTicker(50*time.Millisecond)
			defer pace.Stop()
			piece := make([]byte, 1<<20)
			for {
				n, err := resp.Body.Read(piece)
				if got += n; err != nil {
					break
				}
				if got < 12<<20 {
					<-pace.C
				}
			}
			if whole := got == len(part); whole != patience {
				t.Errorf("%d of %d bytes came", got, len(part))
			}
		})
	}
}
