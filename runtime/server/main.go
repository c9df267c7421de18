// Package server is the process of a bento: it listens, opens the runners,
// serves endpoints, and stops in good order. A generated main is one line:
//
//	func main() { os.Exit(server.Main(build, rest.Routes)) }
//
// # Paths
//
//	POST  the endpoints' routes
//	GET   /             a page to try the endpoints
//	GET   /schema.json  what BentoML's clients read
//	GET   /docs.json    OpenAPI
//	GET   /graph.svg    what is served and how it works, drawn
//	GET   /livez /healthz /readyz /metrics
//	GET   /readyz/RUNNER   whether one runner may get requests, and why not
//
// and on the local socket
//
//	GET   /debug/batching   what runners have learned of their batches, as JSON
//	GET   /models           which folder the models are of
//	POST  /models           opens them anew, out of {"folder": "/path"} if that is given
//
// # Connections
//
// Requests are held to the grammar of RFC 9112: see package http1. A head has 10 s to
// come, a body 30 s and a second for each 32 KiB, its reader as long for an answer, and
// an idle connection is closed after 120 s. A client that sends or reads slowly takes
// memory of the server's budget, and no place of a service.
//
// # Settings
//
// Flags win over the environment.
//
//	--port, PORT               port to listen on, 0 for any (3000)
//	--host, HOST               address to listen on (all)
//	BENTOC_LOG                 text or json (text)
//	BENTOC_LOG_LEVEL           debug, info, warn or error (info)
//	BENTOC_ACCESS_LOG          0 writes no line for each request; text and json say how they
//	                           are written (as BENTOC_LOG says)
//	BENTOC_ACCESS_LOG_SAMPLE   which part of the requests has a line, from 0 to 1; those that
//	                           are refused, fail or are slow have one all the same (1)
//	BENTOC_SLOW_REQUEST        the log tells where the time went of requests that take that
//	                           long, one a second at most (none)
//	BENTOC_GOLDEN              0 asks no golden case before the server is ready
//	BENTOC_DEBUG_SOCKET        a Unix socket for the operator: a path, of mode 0600, or
//	                           @NAME, which all on the machine can read (none)
//	BENTOC_SHUTDOWN_DELAY      how long to go on serving after a signal (0s)
//	BENTOC_GRACE_PERIOD        how long after a signal the process is killed (30s)
//	BENTOC_DRAIN_TIMEOUT       how long requests may take to end after the delay (what
//	                           the grace period leaves, less 3s to end)
//	BENTOC_MEMORY              what the services may take together, such as 2Gi; the
//	                           image sets it to what they declare
//	BENTOC_DIGEST              digest of the bento; the image sets it
//	GOMAXPROCS, GOMEMLIMIT     as for every Go program; the memory limit of the
//	                           container is found without them
//	GOGC                       as for every Go program; without it the heap may grow by
//	                           16 MiB between two collections, or by its own size
//
// The log goes to standard error, the lines of requests to standard output.
//
// # Start and stop
//
// The server listens at once, and is ready when all runners are open. A runner
// that does not open is logged and named by /readyz, and the server stays alive
// without becoming ready: an orchestrator sends it no requests, and its log and
// metrics can be read.
//
// On SIGTERM or SIGINT /readyz says 503 at once, and every answer asks for the end
// of its connection. After the delay idle connections are closed and no new
// requests are taken, those in flight have the drain timeout to end and are then
// cancelled, the runners are closed in reverse order, and the process ends with
// 0. A second signal ends it with 1 there and then. Where it is the first process of its
// container, those whose parents have ended are its children: it takes note of their end.
//
// When it is ready the log has a page: endpoints, runners with their instances, limits.
//
// # Generations
//
// What is served, with its runners, is a generation, and a server may exchange it:
// the next one is opened while this one serves, a request is served by one of them
// from its first byte to its last, and the old one is closed when its requests have
// ended. The hooks of Go steps are opened once and shared.
//
// On SIGHUP, or when it is asked on the local socket, a server opens its models anew. The
// folder that it is told has a folder for each model, as /models has. The tensors must be
// those that the bento was compiled for, and golden cases that are asked at the start are
// asked then too; else the old models stay. For a while both are in memory.
//
// It needs no home folder, no writable file system and no particular user.
package server

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// The exit codes of a server.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// Build makes one generation of a bento: what it serves, and in set what that runs
// on. It is called once for each generation, and opens nothing.
type Build = func(set *runner.Set) spec.Bento

// Main runs the server of a bento until a signal ends it, and gives the exit code. Every
// endpoint is served over each of the protocols.
func Main(build Build, protocols ...protocol.Protocol) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	p := process{args: os.Args[1:], lookup: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr, signals: signals, protocols: protocols}
	return p.main(build)
}

// process is what the server has of the operating system.
type process struct {
	args           []string
	lookup         func(name string) (string, bool) // of the environment
	stdout, stderr io.Writer
	signals        <-chan os.Signal

	build     Build               // what the generated main hands on
	protocols []protocol.Protocol // as well
}

func (p *process) main(build Build) int {
	s, err := parseSettings(p.args, p.lookup)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(p.stdout, usage)
		return exitOK
	}
	if err != nil {
		return p.fail(exitUsage, err)
	}
	if err := p.run(build, s); err != nil {
		return p.fail(exitError, err)
	}
	return exitOK
}

func (p *process) fail(code int, err error) int {
	fmt.Fprintf(p.stderr, "bentoc: error: %v\n", err)
	return code
}

func (p *process) run(build Build, s *settings) error {
	p.build = build
	set := runner.NewSet(nil)
	b := build(set)
	b.Digest = cmp.Or(b.Digest, s.digest)
	if err := checkVersion(&b); err != nil {
		return err
	}
	switch s.mode {
	case modeVersion:
		_, err := fmt.Fprintln(p.stdout, b.Name, b.Digest)
		return err
	case modePrintSpec:
		return printSpec(p.stdout, b, set.Runners())
	case modeHealthcheck:
		return healthcheck(s)
	default:
		return p.serve(b, set, s)
	}
}

func checkVersion(b *spec.Bento) error {
	if b.Version != spec.Version {
		return fmt.Errorf("the server was generated for version %d of the runtime's contract, and this runtime has %d", b.Version, spec.Version)
	}
	return nil
}
