// Package storetest starts a PostgreSQL server for a test, from the programs that
// are installed here. Belongs here: what tests of this package and of those who
// use it need of a real server. Does not: fakes.
package storetest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// Password is that of the server's owner, whose name is hawker.
const Password = "pw-canary-0815"

const (
	// programs is where Debian has them.
	programs = "/usr/lib/postgresql/*/bin"
	// patience is how long the server may take to start or stop.
	patience = 30 * time.Second
)

// Postgres is a server of a test's own, on 127.0.0.1. It ends with the test.
type Postgres struct {
	t        testing.TB
	run      []string // the program that runs others as another user, if need be
	program  string
	folder   string
	settings []string
	port     int
	server   *exec.Cmd
	made     int
}

// StartPostgres starts a server. Settings are such as fsync=on; it is off, as the
// machine is not going to lose its power.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	p := &Postgres{t: t, program: require.Program(t, "postgres", programs), settings: settings}
	p.own(filepath.Join(t.TempDir(), "data"))
	p.initialize()
	for range 3 { // somebody else may take the port meanwhile
		p.port = freePort(t)
		if p.start() == nil {
			break
		}
	}
	if p.server == nil {
		t.Fatalf("PostgreSQL does not start:\n%s", p.log())
	}
	t.Cleanup(p.Stop)
	return p
}

// own makes the data folder for whoever is to run the server, which refuses to
// run as root.
func (p *Postgres) own(folder string) {
	p.folder = folder
	p.must(os.Mkdir(folder, 0o700))
	p.must(os.WriteFile(p.password(), []byte(Password+"\n"), 0o600))
	if os.Geteuid() != 0 {
		return
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	p.must(err)
	p.run = []string{require.Program(p.t, "setpriv"), "--reuid=" + who.Uid, "--regid=" + who.Gid, "--clear-groups"}
	uid, err := strconv.Atoi(who.Uid)
	p.must(err)
	p.must(os.Chown(folder, uid, -1))
	p.must(os.Chown(p.password(), uid, -1))
	// The test's folder and the one around it are for their owner alone.
	for range 2 {
		folder = filepath.Dir(folder)
		p.must(os.Chmod(folder, 0o711)) //nolint:gosec // to pass through, not to look in
	}
}

func (p *Postgres) command(program string, args ...string) *exec.Cmd {
	all := append(append([]string{}, p.run...), append([]string{program}, args...)...)
	c := exec.Command(all[0], all[1:]...) //nolint:gosec // programs of this machine, in a test
	c.Dir = p.folder
	c.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	return c
}

func (p *Postgres) initialize() {
	p.t.Helper()
	initdb := p.command(filepath.Join(filepath.Dir(p.program), "initdb"), "-D", p.folder, "-U", "hawker", "-A", "scram-sha-256",
		"--pwfile="+p.password(), "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		p.t.Fatalf("initdb: %v\n%s", err, out)
	}
}

func (p *Postgres) password() string { return p.folder + ".password" }

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// Start starts the server again after Stop or Crash, on the same port.
func (p *Postgres) Start() {
	p.t.Helper()
	if err := p.start(); err != nil {
		p.t.Fatalf("PostgreSQL does not start: %v\n%s", err, p.log())
	}
}

func (p *Postgres) start() error {
	args := []string{"-D", p.folder, "-p", strconv.Itoa(p.port)}
	for _, s := range append([]string{"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB", "max_connections=40"}, p.settings...) {
		args = append(args, "-c", s)
	}
	server := p.command(p.program, args...)
	log, err := os.OpenFile(p.folder+".log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	p.must(err)
	defer func() { _ = log.Close() }()
	server.Stdout, server.Stderr = log, log
	p.must(server.Start())
	p.server = server
	if err := p.ready(); err != nil {
		p.Stop()
		return err
	}
	return nil
}

// ready waits until the server lets somebody in.
func (p *Postgres) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgx.Connect(ctx, p.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-again.C:
			if strings.Contains(p.log(), "could not bind") {
				return err
			}
		case <-ctx.Done():
			return err
		}
	}
}

func (p *Postgres) log() string {
	text, _ := os.ReadFile(p.folder + ".log")
	return string(text)
}

// Stop ends the server in good order; clients are thrown out.
func (p *Postgres) Stop() { p.end(syscall.SIGINT) }

// Crash ends the server at once: it must recover when it starts again.
func (p *Postgres) Crash() { p.end(syscall.SIGQUIT) }

func (p *Postgres) end(signal os.Signal) {
	if p.server == nil {
		return
	}
	_ = p.server.Process.Signal(signal)
	late := time.AfterFunc(patience, func() { _ = p.server.Process.Kill() })
	_ = p.server.Wait()
	late.Stop()
	p.server = nil
}

// URL is that of a database of the server, with its password.
func (p *Postgres) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("hawker", Password), Host: fmt.Sprintf("127.0.0.1:%d", p.port), Path: database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database() string {
	p.t.Helper()
	p.made++
	name := fmt.Sprintf("test_%d", p.made)
	p.Exec("postgres", "CREATE DATABASE "+name)
	return p.URL(name)
}

// Exec runs a statement in a database, as its owner.
func (p *Postgres) Exec(database, statement string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.URL(database))
	p.must(err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	p.must(err)
}

func (p *Postgres) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}
