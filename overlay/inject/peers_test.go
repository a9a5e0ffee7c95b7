package inject_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// ffmpeg runs ffmpeg to its end and returns what it prints.
func ffmpeg(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(require.Program(t, "ffmpeg"), append([]string{"-hide_banner", "-nostdin"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// background starts a program that is killed when the test ends.
func background(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	var out strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), out.String())
		}
	})
	return cmd
}

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

// startNginx starts nginx with its RTMP module, which records into dir.
func startNginx(t *testing.T) (url, dir string) {
	t.Helper()
	program, module := require.Program(t, "nginx"), rtmpModule(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	dir, user := t.TempDir(), ""
	if os.Getuid() == 0 {
		user = "user root;" // whose folder it is
	}
	must(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(fmt.Sprintf(nginxConf, module, user, addr, dir)), 0o600))
	background(t, program, "-p", dir, "-e", "stderr", "-c", "nginx.conf")
	until(t, "nginx", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return "rtmp://" + addr + "/live", dir
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

// recording is nginx's file of what was published with a key, once nobody holds
// it open any more.
func recording(t *testing.T, dir, key string) string {
	t.Helper()
	var files []string
	until(t, "a whole recording of "+key, func() bool {
		files, _ = filepath.Glob(filepath.Join(dir, key+"*.flv"))
		return len(files) == 1 && !isOpen(files[0])
	})
	return files[0]
}

func isOpen(file string) bool {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == file {
			return true
		}
	}
	return false
}

// until asks other people's programs, which tell nothing by themselves.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * ms)
	defer ticker.Stop()
	for late := within(t, 20*time.Second); !done(); {
		select {
		case <-ticker.C:
		case <-late.Done():
			t.Fatalf("waited for %s in vain", what)
		}
	}
}

// pictures are the hashes of the decoded pictures of a file.
func pictures(t *testing.T, file string) (hashes []string) {
	t.Helper()
	for line := range strings.Lines(ffmpeg(t, "-v", "error", "-xerror", "-i", file, "-map", "0:v", "-f", "framemd5", "-")) {
		if f := strings.Split(strings.TrimSpace(line), ","); len(f) >= 6 && !strings.HasPrefix(line, "#") {
			hashes = append(hashes, strings.TrimSpace(f[5]))
		}
	}
	return hashes
}
