package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
)

// occupied is what a running server says of each stream/destination that it
// serves now.
type occupied map[string]destination.Status

// busy asks the running server. There need not be one.
func (a *app) busy(ctx context.Context) (occupied, error) {
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	streams, err := client.Streams(ctx)
	if exitCode(serverError(err)) == exitNoServer {
		return nil, nil
	}
	if err != nil { // it may be live on everything
		return nil, fmt.Errorf("the running server does not tell what it is connected to: %w", err)
	}
	out := occupied{}
	for _, s := range streams {
		for _, d := range s.Destinations {
			if s.State != relay.Idle && d.State != destination.Off {
				out[s.Name+"/"+d.Name] = d.Status
			}
		}
	}
	return out, nil
}

// judge leaves alone what the server has, or tries to get: a second publish with
// the same key may cut the first, and the goodbye after it end the show. What
// the server has found out meanwhile counts as the result.
func (o occupied) judge(t *attempt) {
	d, is := o[t.name]
	switch {
	case !is:
	case d.State == destination.Live || d.State == destination.Stalled || !d.ConnectedSince.IsZero():
		t.left = "the running server is connected to it, and a second connection could cut the first"
	case d.State == destination.BackingOff || d.State == destination.Refused:
		t.failed, t.err, t.do = "the running server does not get through", errors.New("it is "+d.State.String()+" now"), d.Error
	default:
		t.left = "the running server is connecting to it"
	}
}
