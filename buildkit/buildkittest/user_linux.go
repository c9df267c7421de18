package buildkittest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// nobody is the user that tests run as when root runs them.
const nobody = 65534

// Unprivileged makes a test run as an ordinary user. It reports whether the
// test goes on in this process. For root it does not: the test binary runs this
// one test again as another user, with a home and a temporary folder of that
// user's own, and its result becomes this test's. env is added to what that
// process sees.
func Unprivileged(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	home, err := os.MkdirTemp("", "bentoc-nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "GOCACHE="+filepath.Join(home, "gocache"), "BENTOC_TEST_STATE=")
	cmd.Env = append(cmd.Env, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	finish(t, cmd)
	return false
}

// Mounting makes a test run where it may mount. It reports whether the test
// goes on in this process. For an ordinary user it does not: the test binary
// runs this one test again as root of a user namespace, and its result becomes
// this test's.
func Mounting(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Geteuid() == 0 {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	finish(t, cmd)
	return false
}

// finish runs cmd, whose result is t's.
func finish(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	t.Logf("in another process:\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
