package relay_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// inNamespace tells the test that it has a network of its own.
const inNamespace = "HAWKER_TEST_NAMESPACE"

// TestLossyEncoder is TestFarEncoder over a line that loses one packet in
// twenty: in a network namespace of its own, where nft drops them.
func TestLossyEncoder(t *testing.T) {
	require.Nightly(t)
	nft, ip := require.Program(t, "nft"), require.Program(t, "ip")
	length := require.For(t, 10*time.Minute)
	if os.Getenv(inNamespace) == "" {
		again(t, length+time.Minute)
		return
	}
	must(t, exec.Command(ip, "link", "set", "lo", "up").Run())
	uplink(t, length, func(r *rig) {
		rules := fmt.Sprintf(`table inet lossy {
			counter lost { }
			chain in {
				type filter hook input priority 0;
				tcp dport %[1]d numgen random mod 100 < 5 counter name lost drop
				tcp sport %[1]d numgen random mod 100 < 5 counter name lost drop
			}
		}`, r.Addr().(*net.TCPAddr).Port)
		cmd := exec.Command(nft, rules)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Skipf("nft cannot drop packets here: %v: %s", err, out)
		}
	}, func(*rig) {})
	lost, err := exec.Command(nft, "list", "counters").CombinedOutput()
	must(t, err)
	t.Logf("%s", lost)
}

// again runs the calling test in a new network namespace.
func again(t *testing.T, limit time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(within(t, limit), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Skipf("no network namespace here: %v", err)
	}
	t.Logf("in its own network:\n%s", out)
	if err != nil {
		t.Errorf("in its own network: %v", err)
	}
}
