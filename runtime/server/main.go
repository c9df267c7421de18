// Package server is the process of a bento: it listens, opens the runners,
// serves endpoints, and stops in good order. A generated main is one line:
//
//	func main() { os.Exit(server.Main(bento)) }
//
// # Paths
//
//	POST  the endpoints' routes
//	GET   /             a page to try the endpoints
//	GET   /schema.json  what BentoML's clients read
//	GET   /docs.json    OpenAPI
//	GET   /livez /healthz /readyz /metrics
//
// # Settings
//
// Flags win over the environment.
//
//	--port, PORT               port to listen on, 0 for any (3000)
//	--host, HOST               address to listen on (all)
//	BENTOC_LOG                 text or json (text)
//	BENTOC_LOG_LEVEL           debug, info, warn or error (info)
//	BENTOC_ACCESS_LOG          0 writes no line for each request
//	BENTOC_SHUTDOWN_DELAY      how long to go on serving after a signal (0s)
//	BENTOC_DRAIN_TIMEOUT       how long requests may then take to end (30s)
//	GOMAXPROCS, GOMEMLIMIT     as for every Go program; the memory limit of the
//	                           container is found without them
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
// On SIGTERM or SIGINT /readyz says 503 at once. After the delay no new requests
// are taken, those in flight have the drain timeout to end and are then
// cancelled, the runners are closed in reverse order, and the process ends with
// 0. A second signal ends it with 1 there and then.
//
// It needs no home folder, no writable file system and no particular user.
package server

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"bentoc.dev/runtime/spec"
)

// The exit codes of a server.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// Main runs the server of b until a signal ends it, and gives the exit code.
func Main(b spec.Bento) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	p := process{args: os.Args[1:], lookup: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr, signals: signals}
	return p.main(b)
}

// process is what the server has of the operating system.
type process struct {
	args           []string
	lookup         func(name string) (string, bool) // of the environment
	stdout, stderr io.Writer
	signals        <-chan os.Signal
}

func (p *process) main(b spec.Bento) int {
	s, err := parseSettings(p.args, p.lookup)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(p.stdout, usage)
		return exitOK
	}
	if err != nil {
		return p.fail(exitUsage, err)
	}
	if err := p.run(b, s); err != nil {
		return p.fail(exitError, err)
	}
	return exitOK
}

func (p *process) fail(code int, err error) int {
	fmt.Fprintf(p.stderr, "bentoc: error: %v\n", err)
	return code
}

func (p *process) run(b spec.Bento, s *settings) error {
	if b.Version != spec.Version {
		return fmt.Errorf("the server was generated for version %d of the runtime's contract, and this runtime has %d", b.Version, spec.Version)
	}
	switch s.mode {
	case modeVersion:
		_, err := fmt.Fprintln(p.stdout, b.Name, b.Digest)
		return err
	case modePrintSpec:
		return printSpec(p.stdout, b)
	case modeHealthcheck:
		return healthcheck(s)
	default:
		return p.serve(b, s)
	}
}
