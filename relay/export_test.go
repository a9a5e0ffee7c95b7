package relay

import (
	"context"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// Interpose puts what wrap returns between a publisher's session and the stream,
// so that a test can fail in there. It is for relays that do not run yet.
func (r *Relay) Interpose(wrap func(rtmp.Request, rtmp.Ingest) rtmp.Ingest) error {
	server, err := rtmp.NewServer(rtmp.ServerConfig{
		Publish: func(ctx context.Context, req rtmp.Request, end func(error)) (rtmp.Ingest, error) {
			in, err := r.publish(ctx, req, end)
			if err != nil {
				return nil, err
			}
			return wrap(req, in), nil
		},
		Logger: r.opts.Logger, Metrics: r.metrics.rtmp,
	})
	r.server, r.doors = server, newListeners(server)
	return err
}
