package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

const staticConf = `daemon off;
master_process off;
%s
pid nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
  access_log off;
  sendfile %s;
  tcp_nopush on;
  keepalive_requests 1000000;
  open_file_cache max=4096 inactive=10m;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  server {
    listen %s;
    root %s;
  }
}
`

// startStatic serves a folder's files by nginx, with sendfile on or off.
func startStatic(t *testing.T, root, sendfile string) (p *process, address string) {
	t.Helper()
	dir, address, user := t.TempDir(), freeAddress(t), ""
	if os.Getuid() == 0 {
		user = "user root;" // whose folder it is
	}
	must(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(fmt.Sprintf(staticConf, user, sendfile, address, root)), 0o600))
	p = &process{start(t, newOutput(), require.Program(t, "nginx"), "-p", dir, "-e", "stderr", "-c", "nginx.conf")}
	answers(t, address)
	return p, address
}

// fetch is a viewer of files that are there already: at the pace at which parts
// came, a playlist and a part.
func (c *crowd) fetch(begin time.Time, parts []uint64) func(context.Context, *wire) error {
	return func(ctx context.Context, w *wire) error {
		var told []listing
		defer c.tell(&told)
		for i, n := range parts {
			select {
			case <-time.After(time.Until(begin.Add(partLength * time.Duration(i)))):
			case <-ctx.Done():
				return nil
			}
			for _, file := range []string{"stream.m3u8", partName(n)} {
				asked := time.Now()
				length, err := w.ask(c.folder + file)
				if err != nil {
					return err
				}
				if err := w.skip(length); err != nil {
					return err
				}
				c.bytes.Add(int64(length))
				if file == "stream.m3u8" {
					told = append(told, listing{n, n, asked, time.Now()})
				}
			}
		}
		return nil
	}
}
