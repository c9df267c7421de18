// Package revision reads bentos out of the history of a git repository: it finds the
// repository, resolves names of revisions as git does, finds merge bases, and gives the
// tree of a commit as an [io/fs.FS]. Nothing is checked out, no git is run, and nothing is
// written.
//
// Objects are read by go-git's storage, loose or packed, in the repository's own object
// folder and in its alternates, and are compared with their hash. What would make
// that reading differ from git's is refused by name ([UnsupportedError]): repositories of
// SHA-256, references in tables, grafts. Replacements (refs/replace) are followed.
// History that a shallow or partial clone lacks is a [ShallowError] or a
// [MissingError], never an answer from what happens to be there.
//
// What a tree holds that is not content is an error when it is read: a submodule
// ([SubmoduleError]), a pointer of Git LFS ([PointerError]), a symbolic link that leads out
// of the tree.
package revision

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/format/config"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// Repository is a git repository on disk. It is safe for concurrent use.
type Repository struct {
	// Root is the folder of the work tree, in which ".git" lies; "" for a bare repository.
	Root string

	gitDir, commonDir string // of a linked work tree they differ
	config            *config.Config
	refs              *filesystem.Storage
	objects           *objects
	shallow           map[Hash]bool // commits whose parents are cut off
}

// NoRepositoryError says that a folder lies in no git repository.
type NoRepositoryError struct{ Dir string }

func (e *NoRepositoryError) Error() string {
	return fmt.Sprintf("%s lies in no git repository", e.Dir)
}

// UnsupportedError is a repository of a kind that is not read.
type UnsupportedError struct{ GitDir, What string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("the repository %s %s, which bentoc does not read", e.GitDir, e.What)
}

// Hint gives the way around.
func (e *UnsupportedError) Hint() string {
	return "check the revision out beside (git worktree add) and name its folder"
}

// Open opens the repository that the folder dir lies in, or the one that GIT_DIR
// names. The caller closes it.
func Open(dir string) (*Repository, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the repository: %w", err)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if named := os.Getenv("GIT_DIR"); named != "" {
		root := os.Getenv("GIT_WORK_TREE")
		if root == "" {
			root, _ = os.Getwd()
		}
		return open(named, root)
	}
	for d := dir; ; {
		gitDir, err := gitFolder(d)
		if err != nil {
			return nil, err
		}
		if gitDir != "" {
			return open(gitDir, d)
		}
		if isGitDir(d) { // bare, or inside of .git
			return open(d, "")
		}
		up := filepath.Dir(d)
		if up == d {
			return nil, &NoRepositoryError{dir}
		}
		d = up
	}
}

// gitFolder gives the git folder of a work tree's root, "" where dir is none: ".git" is
// that folder, or a file that names it, in a linked work tree and a submodule.
func gitFolder(dir string) (string, error) {
	name := filepath.Join(dir, ".git")
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", nil
	case info.IsDir():
		if !isGitDir(name) {
			return "", nil
		}
		return name, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	target, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir:")
	if !ok {
		return "", fmt.Errorf("finding the repository: %s names no git folder", name)
	}
	target = strings.TrimSpace(target)
	if !filepath.IsAbs(target) {
		target = filepath.Join(dir, target)
	}
	if !isGitDir(target) {
		return "", fmt.Errorf("finding the repository: %s names %s, which is no git folder", name, target)
	}
	return target, nil
}

// isGitDir reports whether dir is a git folder, as git tells one: it has a HEAD, objects and
// references, of its own or in the folder that it shares.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	common := commonDir(dir)
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(common, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// commonDir gives the folder that a git folder shares with the other work trees.
func commonDir(gitDir string) string {
	text, err := os.ReadFile(filepath.Join(gitDir, "commondir"))
	if err != nil {
		return gitDir
	}
	dir := strings.TrimSpace(string(text))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(gitDir, dir)
	}
	return filepath.Clean(dir)
}

func open(gitDir, root string) (*Repository, error) {
	r := &Repository{Root: root, gitDir: gitDir, commonDir: commonDir(gitDir)}
	if err := r.readConfig(); err != nil {
		return nil, err
	}
	if err := r.supported(); err != nil {
		return nil, err
	}
	files := dotgit.NewRepositoryFilesystem(osfs.New(r.gitDir), osfs.New(r.commonDir))
	r.refs = filesystem.NewStorage(files, nil)
	var err error
	if r.objects, err = openObjects(r); err != nil {
		return nil, err
	}
	if r.shallow, err = r.readShallow(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Submodule reports whether the work tree is that of a submodule: its git folder lies
// elsewhere and is shared with no other work tree.
func (r *Repository) Submodule() bool {
	info, err := os.Stat(filepath.Join(r.Root, ".git"))
	return r.Root != "" && err == nil && !info.IsDir() && r.gitDir == r.commonDir
}

// Close ends the reading.
func (r *Repository) Close() error { return r.objects.close() }

func (r *Repository) readConfig() error {
	r.config = config.New()
	for _, name := range []string{filepath.Join(r.commonDir, "config"), filepath.Join(r.gitDir, "config.worktree")} {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = config.NewDecoder(bytes.NewReader(text)).Decode(r.config)
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return nil
}

// supported refuses repositories that would be read differently from how git reads them.
func (r *Repository) supported() error {
	unsupported := func(what string) error { return &UnsupportedError{r.commonDir, what} }
	extensions := r.config.Section("extensions")
	if format := extensions.Option("objectFormat"); format != "" && !strings.EqualFold(format, "sha1") {
		return unsupported("has objects of " + format)
	}
	if storage := extensions.Option("refStorage"); storage != "" && !strings.EqualFold(storage, "files") {
		return unsupported("keeps its references as " + storage)
	}
	if info, err := os.Stat(filepath.Join(r.commonDir, "info", "grafts")); err == nil && info.Size() > 0 {
		return unsupported("has grafts")
	}
	return nil
}

// readShallow reads the commits that a shallow clone ends at.
func (r *Repository) readShallow() (map[Hash]bool, error) {
	f, err := os.Open(filepath.Join(r.commonDir, "shallow"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading where the clone ends: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("reading where the clone ends: %w", err)
	}
	cut := map[Hash]bool{}
	for _, line := range strings.Fields(string(text)) {
		cut[hashOf(line)] = true
	}
	return cut, nil
}

// partial reports whether objects were left behind when the repository was cloned.
func (r *Repository) partial() bool {
	if r.config.Section("extensions").Option("partialClone") != "" {
		return true
	}
	for _, remote := range r.config.Section("remote").Subsections {
		if strings.EqualFold(remote.Option("promisor"), "true") {
			return true
		}
	}
	return false
}
