// probe tells what a program sees in a sandbox.
package main

import (
	"encoding/json"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// Report is what it writes, as JSON.
type Report struct {
	UID, GID, PID int
	Dir           string
	Env           []string
	RootWritable  bool
	TmpWritable   bool
	Resolv        bool
	Sys           bool
	Null          bool
	Caps          string
	NoNewPrivs    string
	Interfaces    int
	Processes     int
	Succeeded     []string `json:",omitempty"` // of the attacks
}

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGHUP)
	var r Report
	r.UID, r.GID, r.PID, r.Env = os.Getuid(), os.Getgid(), os.Getpid(), os.Environ()
	r.Dir, _ = os.Getwd()
	r.RootWritable = os.WriteFile("/x", nil, 0o600) == nil
	r.TmpWritable = os.WriteFile("/tmp/x", nil, 0o600) == nil
	_, err := os.ReadFile("/etc/resolv.conf")
	r.Resolv = err == nil
	_, err = os.Stat("/sys/kernel")
	r.Sys = err == nil
	r.Null = os.WriteFile("/dev/null", []byte("x"), 0) == nil
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		k, v, _ := strings.Cut(line, ":")
		switch k {
		case "CapInh", "CapEff", "CapPrm", "CapBnd", "CapAmb":
			r.Caps += strings.TrimSpace(v) + " "
		case "NoNewPrivs":
			r.NoNewPrivs = strings.TrimSpace(v)
		}
	}
	links, _ := net.Interfaces()
	r.Interfaces = len(links)
	list, _ := os.ReadDir("/proc")
	for _, e := range list {
		if e.Name()[0] >= '0' && e.Name()[0] <= '9' {
			r.Processes++
		}
	}
	if len(os.Args) > 1 && os.Args[1] == "attack" {
		r.Succeeded = attacks()
	}
	json.NewEncoder(os.Stdout).Encode(r)
	if len(os.Args) > 2 && os.Args[1] == "exit" {
		code, _ := strconv.Atoi(os.Args[2])
		os.Exit(code)
	}
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		s := <-stop
		if s == syscall.SIGHUP {
			os.Exit(7)
		}
		os.Exit(3)
	}
}
