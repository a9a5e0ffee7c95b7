package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// nginxTarget is nginx with its RTMP module.
type nginxTarget struct{ binary, module string }

// newNginx looks for both where Debian and others put them.
func newNginx() (target, error) {
	path := os.Getenv("PATH") + ":/usr/sbin:/usr/local/sbin"
	t := &nginxTarget{}
	for _, dir := range filepath.SplitList(path) {
		if s, err := os.Stat(filepath.Join(dir, "nginx")); err == nil && s.Mode()&0o111 != 0 {
			t.binary = filepath.Join(dir, "nginx")
			break
		}
	}
	for _, dir := range []string{"/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/usr/local/lib/nginx/modules"} {
		if _, err := os.Stat(filepath.Join(dir, "ngx_rtmp_module.so")); err == nil {
			t.module = filepath.Join(dir, "ngx_rtmp_module.so")
			break
		}
	}
	if t.binary == "" || t.module == "" {
		return nil, fmt.Errorf("nginx-rtmp: %w (on Debian: apt install nginx libnginx-mod-rtmp)", errMissing)
	}
	return t, nil
}

func (*nginxTarget) name() string { return "nginx-rtmp" }

// can: the module does not speak TLS.
func (*nginxTarget) can(s scenario) bool { return !s.TLS }

func (t *nginxTarget) start(ctx context.Context, j job, core int) (*relay, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(j.Dir, "nginx.conf"), []byte(t.config(j, address)), 0o600); err != nil {
		return nil, err
	}
	p, err := startProcess(core, t.binary, "-p", j.Dir, "-e", "stderr", "-c", "nginx.conf")
	if err != nil {
		return nil, err
	}
	if err := answers(ctx, p, address); err != nil {
		p.stop()
		return nil, fmt.Errorf("nginx: %w\n%s", err, p.complaints())
	}
	return &relay{process: p, ingest: func(stream string) place { return place{"rtmp://" + address + "/" + stream, "live"} }}, nil
}

// freeAddress is where nothing listens: nginx cannot be told to choose itself.
func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// answers waits until something takes connections at address.
func answers(ctx context.Context, p *process, address string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return nc.Close()
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("it has ended: %w", p.err)
		case <-ctx.Done():
			return fmt.Errorf("it does not listen: %w", err)
		}
	}
}

// nginxConfig is one process, as for one core. Its chunk size is what serves it
// best: larger ones cost it fewer pieces of a message in each write.
const nginxConfig = `load_module %s;
daemon off;
master_process off;
%s
worker_rlimit_nofile 65536;
pid nginx.pid;
error_log stderr error;
events { worker_connections 16384; }
rtmp {
  access_log off;
  server {
    listen %s;
    chunk_size %d;
    max_message 8M;
%s  }
}
`

const nginxChunk = 65536

func (t *nginxTarget) config(j job, address string) string {
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // whose folder it is
	}
	var apps strings.Builder
	for _, s := range j.Streams {
		fmt.Fprintf(&apps, "    application %s {\n      live on;\n      meta copy;\n      wait_key off;\n      drop_idle_publisher 10s;\n", s.Name)
		for _, d := range s.Destinations {
			fmt.Fprintf(&apps, "      push %s/%s;\n", d.Server, d.Key)
		}
		apps.WriteString("    }\n")
	}
	return fmt.Sprintf(nginxConfig, t.module, user, address, nginxChunk, apps.String())
}
