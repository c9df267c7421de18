package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is something that listens at an address and says at /readyz, or where its method
// readiness says, when it is ready.
type server interface {
	command(b *bench, addr string) *exec.Cmd
}

// command is a server that one command starts.
type command func(addr string) *exec.Cmd

func (c command) command(_ *bench, addr string) *exec.Cmd { return c(addr) }

// imageRoot is the folder of an unpacked image.
type imageRoot string

// root builds a bento for this machine and unpacks the image.
func (b *bench) root(p project) (imageRoot, error) {
	archive, err := b.docker(p)
	if err != nil {
		return "", err
	}
	root := filepath.Join(b.work, p.name+".root")
	return imageRoot(root), unpack(archive, root)
}

// enter runs the server of an image in a root of its own, as engines do, with
// what is mounted there. It ends as the server, under one process id.
const enter = `
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$1/proc" "$1/sys" "$1/dev"
mount --rbind /proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev"
exec chroot "$1" /server`

func (r imageRoot) command(b *bench, addr string) *exec.Cmd {
	cmd := exec.CommandContext(b.ctx, filepath.Join(string(r), "server"))
	// A server with a library looks for it, and for the dynamic linker, at their
	// places in the image.
	if _, err := os.Stat(filepath.Join(string(r), "opt/onnxruntime")); err == nil {
		cmd = exec.CommandContext(b.ctx, "unshare", "--map-root-user", "--mount", "sh", "-c", enter, "sh", string(r))
	}
	_, port, _ := net.SplitHostPort(addr)
	cmd.Env = append(os.Environ(), "PORT="+port, "BENTOC_ACCESS_LOG=0", "BENTOC_LOG_LEVEL=warn", "ORT_DISABLE_TELEMETRY=1")
	return cmd
}

// process is a started server.
type process struct {
	cmd  *exec.Cmd
	addr string
}

// stop ends the server and what it has started.
func (p *process) stop() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	kill := time.AfterFunc(10*time.Second, func() { syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	p.cmd.Wait()
}

// cpu is the CPU that the server, and what it has started, has used so far.
func (p *process) cpu() time.Duration { return treeCPU(p.cmd.Process.Pid) }

func treeCPU(pid int) time.Duration {
	used := cpuTime(pid)
	for _, child := range children(pid) {
		used += treeCPU(child)
	}
	return used
}

// startLimit is how long a server may take to be ready: some load Python.
const startLimit = time.Minute

// start runs a server on a free port and returns when it is ready.
func (b *bench) start(s server) (*process, time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	addr := l.Addr().String()
	l.Close()
	path := "/readyz"
	if other, ok := s.(interface{ readiness() string }); ok {
		path = other.readiness()
	}
	cmd := s.command(b, addr)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	p := &process{cmd, addr}
	for time.Since(begin) < startLimit && b.ctx.Err() == nil {
		if ready(addr + path) {
			return p, time.Since(begin), nil
		}
		time.Sleep(200 * time.Microsecond)
	}
	p.stop()
	return nil, 0, fmt.Errorf("%s is not ready after %v", cmd, startLimit)
}

func ready(at string) bool {
	addr, _, _ := strings.Cut(at, "/")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	c.Close()
	resp, err := http.Get("http://" + at)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// cpuTime is the CPU that a process has used so far. The kernel counts it in
// hundredths of a second (proc(5), fields 14 and 15 of stat).
func cpuTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name before may hold spaces.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
