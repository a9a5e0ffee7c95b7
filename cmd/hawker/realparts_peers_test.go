package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// realParts are the programs, and the folder with what they share.
type realParts struct {
	ffmpeg, nginx, hawker string
	dir, clip             string
	holds                 time.Duration // for which the encoder is away
}

// realPatience is for a whole test with real parts, beside what it waits for.
const realPatience = 40 * time.Second

// newRealParts finds the programs, and builds hawker.
func newRealParts(t *testing.T) *realParts {
	t.Helper()
	r := &realParts{ffmpeg: require.Program(t, "ffmpeg"), nginx: require.Program(t, "nginx"), dir: t.TempDir()}
	r.build(t)
	r.clip = filepath.Join(r.dir, "clip.flv")
	must(t, os.WriteFile(r.clip, clip.FLV(), 0o600))
	return r
}

func (r *realParts) build(t *testing.T) {
	t.Helper()
	r.hawker = filepath.Join(r.dir, "hawker")
	if out, err := exec.Command(require.Program(t, "go"), "build", "-o", r.hawker, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

// start starts a program that is killed when the test ends.
func start(t *testing.T, out *output, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), out)
		}
	})
	return cmd
}

// realHawker is a process of its own.
type realHawker struct {
	cmd            *exec.Cmd
	out            *output
	ctx            context.Context
	url, secureURL string
	conf           string // the configuration's path
}

// serve starts hawker with these lines of destinations.
func (r *realParts) serve(t *testing.T, destinations string) *realHawker {
	t.Helper()
	ca, _ := relaytest.StartCA(t, t.TempDir())
	cert, key, err := ca.WriteKeyPair(t.TempDir())
	must(t, err)
	conf := filepath.Join(t.TempDir(), "hawker.yaml")
	must(t, os.WriteFile(conf, []byte(fmt.Sprintf(`
ingest: {rtmp: "127.0.0.1:0", rtmps: {listen: "127.0.0.1:0", cert: %q, key: %q}}
admin: {listen: %q}
public: {listen: "127.0.0.1:0"}
streams:
  - name: main
    key: %s
    stop_grace: 0s
    destinations:%s`, cert, key, freeAddress(t), mainKey, destinations)), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), realPatience+r.holds)
	t.Cleanup(cancel)
	h := &realHawker{out: newOutput(), ctx: ctx, conf: conf}
	h.cmd = start(t, h.out, r.hawker, "-c", conf, "serve", "--log-level", "debug")
	h.out.wait(ctx, t, "Config ", 1)
	urls := regexp.MustCompile(`rtmps?://127\.0\.0\.1:\d+/live`).FindAllString(h.out.String(), -1)
	h.url, h.secureURL = urls[0], urls[1]
	return h
}

// publish plays the clip once, in real time, without adding a message to it.
func (r *realParts) publish(t *testing.T, url string, flags ...string) *exec.Cmd {
	t.Helper()
	args := append([]string{"-hide_banner", "-v", "warning", "-re", "-i", r.clip, "-c", "copy",
		"-f", "flv", "-flvflags", "no_sequence_end+no_duration_filesize"}, flags...)
	return start(t, newOutput(), r.ffmpeg, append(args, url+"/"+mainKey)...)
}

// run runs ffmpeg to its end and returns what it prints.
func (r *realParts) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(r.ffmpeg, args...).CombinedOutput()
	if err != nil {
		t.Errorf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// nginx is nginx with its RTMP module, which records.
type nginx struct{ url, dir string }

const nginxConf = `load_module %s;
daemon off;
master_process off;
%s
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 64; }
rtmp {
  server {
    listen %s;
    chunk_size 4096;
    application live { live on; record all; record_path %s; }
  }
}
`

func (r *realParts) startNginx(t *testing.T) *nginx {
	t.Helper()
	dir, addr, user := t.TempDir(), freeAddress(t), ""
	if os.Getuid() == 0 {
		user = "user root;" // whose folder it is
	}
	text := fmt.Sprintf(nginxConf, rtmpModule(t), user, addr, dir)
	must(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(text), 0o600))
	start(t, newOutput(), r.nginx, "-p", dir, "-e", "stderr", "-c", "nginx.conf")
	answers(t, addr)
	return &nginx{url: "rtmp://" + addr + "/live", dir: dir}
}

func rtmpModule(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"} {
		file := filepath.Join(dir, "ngx_rtmp_module.so")
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	if os.Getenv(require.Environment) == "all" {
		t.Fatal("nginx's RTMP module is not installed")
	}
	t.Skip("nginx's RTMP module is not installed")
	return ""
}

// recording is nginx's file, once nobody publishes to it any more.
func (n *nginx) recording(ctx context.Context, t *testing.T) string {
	t.Helper()
	var files []string
	until(ctx, t, "a whole recording of nginx", func() bool {
		files, _ = filepath.Glob(filepath.Join(n.dir, "*.flv"))
		return len(files) == 1 && !isOpen(files[0])
	})
	return files[0]
}

// isOpen reports whether a process holds a file open.
func isOpen(file string) bool {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == file {
			return true
		}
	}
	return false
}

// listener is an ffmpeg that waits for one publisher and records it.
type listener struct {
	cmd       *exec.Cmd
	url, file string
}

func (r *realParts) startListener(t *testing.T) *listener {
	t.Helper()
	addr := freeAddress(t)
	l := &listener{url: "rtmp://" + addr + "/live", file: filepath.Join(t.TempDir(), "out.flv")}
	l.cmd = start(t, newOutput(), r.ffmpeg, "-hide_banner", "-v", "warning", "-listen", "1", "-i", l.url+"/"+ffmpegKey, "-c", "copy", l.file)
	// A dial would be the one publisher that it takes.
	_, port, err := net.SplitHostPort(addr)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	until(ctx, t, "ffmpeg -listen", func() bool { return listens(port) })
	return l
}

// listens looks a TCP port up in the system's table, where 0A is LISTEN.
func listens(port string) bool {
	var n int
	_, _ = fmt.Sscan(port, &n)
	table, _ := os.ReadFile("/proc/net/tcp")
	return regexp.MustCompile(fmt.Sprintf(`:%04X [0-9A-F]+:[0-9A-F]+ 0A `, n)).Match(table)
}

// answers waits until an address can be dialled.
func answers(t *testing.T, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	until(ctx, t, "a server at "+addr, func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// until asks other people's programs, which tell nothing by themselves.
func until(ctx context.Context, t *testing.T, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("waited for %s in vain", what)
		}
	}
}

func startSecurePlatform(t *testing.T) (p *relaytest.Platform, caFile string) {
	t.Helper()
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	conf, err := ca.Valid()
	must(t, err)
	return relaytest.StartPlatform(t, relaytest.PlatformConfig{TLS: conf, KeepBodies: true}), caFile
}
