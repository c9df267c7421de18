// Command edits shows that a build with caches gives what one without gives. It
// makes random edits that keep the sizes of files, in two bentos whose names have
// one length, and builds after each with one state folder: the servers in the image
// must be those that the Go toolchain makes of the same sources without that cache,
// for every platform, and for some edits the digest must be that of --no-cache.
//
//	go run ./testscripts/edits -n 100 -full 10
//
// The seed is printed; -seed repeats a run. BENTOC_STATE is the state folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	n := flag.Int("n", 6, "edits")
	full := flag.Int("full", 1, "how many of them are compared with --no-cache too")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "what the edits are drawn from")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Printf("seed %d\n", *seed)
	if err := run(ctx, *n, *full, rand.New(rand.NewPCG(*seed, 0))); err != nil {
		fmt.Fprintf(os.Stderr, "edits: %v\n", err)
		os.Exit(1)
	}
}

// runner is the setting of a run.
type runner struct {
	ctx   context.Context
	work  string // a folder of the run's own
	tool  string // the built bentoc
	state string
	judge *judge
}

func run(ctx context.Context, n, full int, random *rand.Rand) error {
	work, err := os.MkdirTemp("", "bentoc-edits-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	r := &runner{ctx: ctx, work: work, tool: filepath.Join(work, "bentoc"), state: os.Getenv("BENTOC_STATE")}
	if r.state == "" {
		r.state = filepath.Join(work, "state")
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", r.tool, "bentoc.dev/cmd/bentoc")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building bentoc: %w", err)
	}
	var bentos []*bento
	for _, name := range []string{"alpha", "gamma"} {
		b, err := r.newBento(name)
		if err != nil {
			return err
		}
		bentos = append(bentos, b)
	}
	if r.judge, err = r.newJudge(bentos[0]); err != nil {
		return err
	}
	for i := range n {
		b := bentos[random.IntN(len(bentos))]
		edit := edits[random.IntN(len(edits))]
		if err := b.apply(edit, random); err != nil {
			return fmt.Errorf("edit %d, %s of %s: %w", i+1, edit.name, b.name, err)
		}
		// Spread over the run, the last edit among them.
		whole := (i+1)*full/n > i*full/n
		digest, err := r.compare(b, whole)
		if err != nil {
			return fmt.Errorf("edit %d, %s of %s: %w", i+1, edit.name, b.name, err)
		}
		fmt.Printf("%3d  %s  %-12s %s%s\n", i+1, b.name, edit.name, digest[:19], map[bool]string{true: "  as with --no-cache"}[whole])
	}
	fmt.Printf("%d edits: every build is what a build without cache is; %d of them by --no-cache itself\n", n, full)
	return nil
}

// compare builds b and has what it gave judged.
func (r *runner) compare(b *bento, whole bool) (digest string, err error) {
	archive := filepath.Join(r.work, b.name+".tar")
	if digest, err = r.bentoc(b, "build", "--progress=quiet", "-o", archive); err != nil {
		return "", err
	}
	if err := r.judge.check(b, archive); err != nil {
		return "", err
	}
	if !whole {
		return digest, nil
	}
	want, err := r.bentoc(b, "build", "--progress=quiet", "--no-cache", "-o", archive)
	if err == nil && want != digest {
		err = fmt.Errorf("built %s, and %s with --no-cache", digest, want)
	}
	return digest, err
}

// bentoc runs the tool in the folder of b and gives what it printed.
func (r *runner) bentoc(b *bento, args ...string) (string, error) {
	cmd := exec.CommandContext(r.ctx, r.tool, args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "BENTOC_STATE="+r.state, "CI=")
	var story strings.Builder
	cmd.Stderr = &story
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("bentoc %s: %w\n%s", strings.Join(args, " "), err, story.String())
	}
	return strings.TrimSpace(string(out)), nil
}
