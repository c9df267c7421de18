package pypi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// pip asks the pip of this machine, so that every setting of it counts. It is
// told to install nothing: it only says which file it would take, and from
// where.
type pip struct {
	c *Client
}

// oldestPython and newestPython bound the CPython versions, 3.x, that are tried
// where no wheel is for any Python.
const oldestPython, newestPython = 8, 15

func (p pip) find(ctx context.Context, w Wheel, platform string) (found, error) {
	f, err := p.ask(ctx, w, pipTags{platforms: tags(platform), python: "3.99", implementation: "py", abis: []string{"none"}, all: true})
	var absent *fetch.AbsentError
	for minor := oldestPython; minor <= newestPython && errors.As(err, &absent); minor += atATime {
		f, err = p.lowest(ctx, w, platform, minor)
	}
	if errors.As(err, &absent) {
		return f, &fetch.AbsentError{
			Text: fmt.Sprintf("pip finds no wheel of %s %s for %s", w.Project, w.Version, platform),
			Cure: absent.Cure, Cause: absent.Cause,
		}
	}
	return f, err
}

// atATime is how many pips run side by side: each takes a second or two.
const atATime = 4

// lowest asks for a few versions of CPython from 3.minor on, and gives the wheel
// for the oldest that there is one for.
func (p pip) lowest(ctx context.Context, w Wheel, platform string, minor int) (f found, err error) {
	var answers [atATime]found
	var errs [atATime]error
	var wg sync.WaitGroup
	for i := range atATime {
		wg.Go(func() {
			answers[i], errs[i] = p.ask(ctx, w, pipTags{
				platforms: tags(platform), python: fmt.Sprintf("3.%d", minor+i), implementation: "cp",
				abis: []string{fmt.Sprintf("cp3%d", minor+i), "abi3", "none"}, all: true,
			})
		})
	}
	wg.Wait()
	var absent *fetch.AbsentError
	for i := range atATime {
		if f, err = answers[i], errs[i]; !errors.As(err, &absent) {
			break
		}
	}
	return f, err
}

func (p pip) locate(ctx context.Context, w Wheel) (found, error) {
	name, ok := parseWheelName(w.File)
	if !ok {
		return found{}, fmt.Errorf("asking pip: %s is not the name of a wheel", w.File)
	}
	t := pipTags{platforms: name.platforms, abis: name.abis, python: "3.99", implementation: "py"}
	if slices.Equal(name.platforms, []string{"any"}) {
		t.platforms = nil
	}
	if digits, ok := strings.CutPrefix(name.pythons[0], "cp3"); ok {
		t.python, t.implementation = "3."+digits, "cp"
	}
	f, err := p.ask(ctx, w, t)
	switch {
	case err != nil:
	case f.File != w.File:
		err = &fetch.AbsentError{Text: fmt.Sprintf("pip offers %s (%s) in its place", f.File, f.SHA256)}
	case f.SHA256 != "" && f.SHA256 != w.SHA256:
		err = &store.DigestError{Name: w.File + " that pip offers", Want: w.SHA256, Got: f.SHA256}
	}
	return f, err
}

// pipTags say for which Python a wheel is wanted.
type pipTags struct {
	platforms, abis        []string
	python, implementation string
	// all is true where an index that pip could not ask is an error even if
	// another has the wheel: the one that refused may be the one that counts.
	all bool
}

// ask has pip say which file of a version it would install.
func (p pip) ask(ctx context.Context, w Wheel, t pipTags) (found, error) {
	command := p.command()
	if command == nil {
		return found{}, errors.New("there is neither a setting for a Python package index nor a pip command")
	}
	dir, err := p.c.Store.TempDir()
	if err != nil {
		return found{}, fmt.Errorf("asking pip: %w", err)
	}
	defer os.RemoveAll(dir)
	log := filepath.Join(dir, "log") // pip tells there why it passes over an index, and nowhere else
	args := append(command[1:], "--no-input", "--disable-pip-version-check", "--quiet", "--log="+log, "install",
		"--dry-run", "--report=-", "--progress-bar=off", // with a log it would be drawn into the report
		"--no-deps", "--ignore-installed", "--ignore-requires-python", "--target="+filepath.Join(dir, "target"),
		"--only-binary=:all:", "--python-version="+t.python, "--implementation="+t.implementation)
	for _, v := range t.abis {
		args = append(args, "--abi="+v)
	}
	for _, v := range t.platforms {
		args = append(args, "--platform="+v)
	}
	cmd := exec.CommandContext(ctx, command[0], append(args, w.Project+"=="+w.Version)...)
	var out, errout bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errout
	cmd.Env = append(append([]string{}, p.c.Env...), "PYTHONDONTWRITEBYTECODE=1", "TMPDIR="+dir,
		"PIP_CACHE_DIR="+filepath.Join(p.c.Store.Dir(), "tree", "pip"))
	err = cmd.Run()
	text, _ := os.ReadFile(log) // what is not in it is in what pip says at last
	story := readPipLog(string(text), w)
	switch {
	case ctx.Err() != nil:
		return found{}, context.Cause(ctx)
	case len(story.failures) > 0 && (err != nil || t.all):
		return found{}, fmt.Errorf("pip could not ask every index: %w", errors.Join(story.failures...))
	case err != nil:
		return found{}, pipError(err, w, errout.String(), story)
	}
	return readReport(out.Bytes(), errout.String(), w)
}

// command is how pip is run, nil where there is none.
func (p pip) command() []string {
	for _, name := range []string{"pip3", "pip"} {
		if path := p.c.LookPath(name); path != "" {
			return []string{path}
		}
	}
	for _, name := range []string{"python3", "python"} {
		if path := p.c.LookPath(name); path != "" {
			return []string{path, "-m", "pip"}
		}
	}
	return nil
}

var pipVersions = regexp.MustCompile(`\(from versions: (.*)\)`)

// pipError says in one line why pip found nothing.
func pipError(err error, w Wheel, text string, story pipStory) error {
	if m := pipVersions.FindStringSubmatch(text); m != nil {
		absent := &fetch.AbsentError{Text: fmt.Sprintf("pip finds no wheel of %s %s", w.Project, w.Version)}
		versions := strings.Split(m[1], ", ")
		slices.Reverse(versions)
		switch {
		case len(story.wheels) > 0:
			absent.Cure = "it has " + fetch.Some(story.wheels) + "; take a version that has one for the platform, or leave the platform out"
		case story.source:
			absent.Cure = "it is there as source only; take a version that has wheels, or make one and put it on an index of yours"
		case m[1] != "none" && m[1] != "":
			absent.Cure = "there are wheels of " + fetch.Some(versions)
		default:
			absent.Cause = errNoProject
		}
		return absent
	}
	if strings.Contains(text, "no such option: --report") {
		return errors.New("asking pip: it is older than 22.2")
	}
	if m := pipStatus.FindStringSubmatch(text); m != nil {
		status, _ := strconv.Atoi(m[1])
		return fmt.Errorf("asking pip: %w", &fetch.StatusError{URL: m[2], Status: status})
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	why := lines[len(lines)-1]
	for _, l := range lines {
		if said, ok := strings.CutPrefix(l, "ERROR: "); ok {
			why, err = said, nil
			break
		}
	}
	if failed := fetch.TLSFailure(text, why); failed != nil {
		return fmt.Errorf("asking pip: %w", failed)
	}
	if err != nil {
		return fmt.Errorf("asking pip: %w: %s", err, why)
	}
	return fmt.Errorf("asking pip: %s", why)
}

// readReport reads pip's installation report: the one file that it would take.
func readReport(report []byte, messages string, w Wheel) (found, error) {
	var r struct {
		Install []struct {
			DownloadInfo struct {
				URL         string `json:"url"`
				ArchiveInfo struct {
					Hash   string            `json:"hash"`
					Hashes map[string]string `json:"hashes"`
				} `json:"archive_info"`
			} `json:"download_info"`
			IsYanked bool `json:"is_yanked"`
			Metadata struct {
				YankedReason string `json:"yanked_reason"`
			} `json:"metadata"`
		} `json:"install"`
	}
	if err := json.Unmarshal(report, &r); err != nil {
		return found{}, fmt.Errorf("reading pip's report: %w", err)
	}
	if len(r.Install) != 1 {
		return found{}, fmt.Errorf("reading pip's report: it would install %d packages", len(r.Install))
	}
	info := r.Install[0].DownloadInfo
	f := found{Wheel: Wheel{Project: w.Project, Version: w.Version, File: wheelFile(info.URL)}, url: info.URL}
	hash := info.ArchiveInfo.Hashes["sha256"]
	if hash == "" {
		hash, _ = strings.CutPrefix(info.ArchiveInfo.Hash, "sha256=")
	}
	f.SHA256 = fetch.SHA256Of(hash)
	if r.Install[0].IsYanked || strings.Contains(messages, "is a yanked version") {
		f.yanked = "no reason given"
		if _, why, ok := strings.Cut(messages, "Reason for being yanked: "); ok {
			f.yanked, _, _ = strings.Cut(why, "\n")
		}
	}
	return f, nil
}

// wheelFile gives the file name in a URL.
func wheelFile(rawURL string) string {
	name := path.Base(rawURL)
	if i := strings.IndexAny(name, "?#"); i >= 0 {
		name = name[:i]
	}
	return strings.ReplaceAll(name, "%2B", "+")
}
