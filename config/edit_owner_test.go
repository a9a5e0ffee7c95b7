//go:build linux

package config_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/hawker-live/hawker/config"
)

func TestEditByRootKeepsTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const owner, group = 12345, 12346
	path := write(t, t.TempDir(), "hawker.yaml", small)
	if err := os.Chown(path, owner, group); err != nil {
		t.Fatal(err)
	}
	if err := config.Edit(path, options(nil), edits["add destination"]); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != owner || s.Gid != group {
		t.Errorf("owner = %d:%d", s.Uid, s.Gid)
	}
}
