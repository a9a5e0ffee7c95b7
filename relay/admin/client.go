package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"github.com/hawker-live/hawker/relay"
)

// Client asks a running server.
type Client struct {
	// Address is the server's admin address as host:port.
	Address string
	// Token is needed by all but Streams.
	Token secret.Secret
}

// Streams returns the state of all streams.
func (c *Client) Streams(ctx context.Context) ([]relay.StreamStatus, error) {
	var s Streams
	err := c.Call(ctx, http.MethodGet, "/api/v1/streams", nil, &s)
	return s.Streams, err
}

// Control changes a destination of the running server, until its next start.
func (c *Client) Control(ctx context.Context, stream, destination string, action relay.Action) error {
	path := "/api/v1/streams/" + url.PathEscape(stream) + "/destinations/" + url.PathEscape(destination) + "/" + url.PathEscape(string(action))
	return c.Call(ctx, http.MethodPost, path, nil, nil)
}

// Switch puts a stream's primary or backup encoder on air.
func (c *Client) Switch(ctx context.Context, stream string, role relay.Role) error {
	return c.Call(ctx, http.MethodPost, "/api/v1/streams/"+url.PathEscape(stream)+"/source/"+url.PathEscape(string(role)), nil, nil)
}

// Error is an answer that is none of those wished for.
type Error struct {
	// Status is that of HTTP, and Text what the server says.
	Status int
	Text   string
}

func (e *Error) Error() string { return e.Text }

// Call makes a request to a path of the API, with body as JSON unless it is nil,
// and decodes the answer into a pointer unless that is nil.
func (c *Client) Call(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return fmt.Errorf("no server answers at %s: is `hawker serve` running with this configuration? (%w)", c.Address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		var p Problem
		if json.Unmarshal(answer, &p) != nil || p.Detail == "" {
			p.Detail = c.Address + " answered " + resp.Status
		}
		return &Error{resp.StatusCode, p.Detail}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Address+path, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if !c.Token.Empty() {
		req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	}
	return req, nil
}
