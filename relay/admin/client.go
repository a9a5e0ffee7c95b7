package admin

import (
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
	// Token is needed by Control only.
	Token secret.Secret
}

// Streams returns the state of all streams.
func (c *Client) Streams(ctx context.Context) ([]relay.StreamStatus, error) {
	var s Streams
	err := c.do(ctx, http.MethodGet, "/api/v1/streams", &s)
	return s.Streams, err
}

// Control changes a destination of the running server, until its next start.
func (c *Client) Control(ctx context.Context, stream, destination string, action relay.Action) error {
	path := "/api/v1/streams/" + url.PathEscape(stream) + "/destinations/" + url.PathEscape(destination) + "/" + url.PathEscape(string(action))
	return c.do(ctx, http.MethodPost, path, nil)
}

// Switch puts a stream's primary or backup encoder on air.
func (c *Client) Switch(ctx context.Context, stream string, role relay.Role) error {
	return c.do(ctx, http.MethodPost, "/api/v1/streams/"+url.PathEscape(stream)+"/source/"+url.PathEscape(string(role)), nil)
}

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Address+path, nil)
	if err != nil {
		return err
	}
	if !c.Token.Empty() {
		req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return fmt.Errorf("no server answers at %s: is `hawker serve` running with this configuration? (%w)", c.Address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		var p Problem
		if json.Unmarshal(body, &p) == nil && p.Detail != "" {
			return fmt.Errorf("%s", p.Detail)
		}
		return fmt.Errorf("%s answered %s", c.Address, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}
