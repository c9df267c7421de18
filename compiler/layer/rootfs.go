package layer

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch/oci"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

// nonroot is the user that servers run as.
const nonroot = "nonroot"

// rootfs packs what every image has: entries for the user in passwd and group, a
// folder for temporary files, and the IR that it was built from with what is recorded beside it. On a base image these files are the base's
// own with the user added.
func (p *packer) rootfs(ctx context.Context) error {
	if p.Bento.Base == nil {
		return p.addRootfs(ctx, plan.InputRootfs, p.Bento.Pos, accounts{})
	}
	p.in.Bases = map[string]plan.Base{}
	base := oci.Base{Image: p.Bento.Base.Image, Layout: p.Bento.Base.Layout, Dir: p.Root}
	for _, platform := range p.Bento.Platforms {
		digest, ok := p.Lock.BaseDigest(p.Bento.Base, platform)
		if !ok {
			return fmt.Errorf("packing the base image: the lock has none for %s", platform)
		}
		img, err := oci.New(p.Fetch).Fetch(ctx, base, digest)
		if err != nil {
			return lock.BaseMistake(p.Bento.Base, err)
		}
		if err := p.Lock.CheckLayout(ctx, p.Fetch, p.Bento.Base, platform, p.Root); err != nil {
			return err
		}
		p.in.Bases[platform] = plan.Base{Manifest: img.Manifest.Digest, Config: img.Config, Pos: p.Bento.Base.Pos}
		below, err := p.baseAccounts(ctx, img)
		if err != nil {
			return fmt.Errorf("reading the base image %s: %w", base, err)
		}
		if err := p.addRootfs(ctx, plan.ForPlatform(plan.InputRootfs, platform), p.Bento.Base.Pos, below); err != nil {
			return err
		}
	}
	return nil
}

// accounts are the user database of an image.
type accounts struct {
	Passwd, Group string
	Tmp           bool // whether there is a /tmp
}

func (p *packer) addRootfs(ctx context.Context, id string, pos diag.Pos, below accounts) error {
	passwd, group := below.Passwd, below.Group
	if below.Passwd == "" {
		passwd, group = "root:x:0:0:root:/root:/sbin/nologin\n", "root:x:0:\n"
	}
	passwd = addAccount(passwd, fmt.Sprintf("%s:x:%d:%d:%s:/tmp:/sbin/nologin", nonroot, plan.User, plan.User, nonroot))
	group = addAccount(group, fmt.Sprintf("%s:x:%d:", nonroot, plan.User))
	entries := []store.Entry{
		store.FileEntry("etc/passwd", 0o644, []byte(passwd)),
		store.FileEntry("etc/group", 0o644, []byte(group)),
		store.FileEntry(strings.TrimPrefix(plan.IRFile, "/"), 0o644, p.IR),
	}
	for _, r := range p.Records {
		entries = append(entries, store.FileEntry(strings.TrimPrefix(r.File, "/"), 0o644, r.Data))
	}
	if !below.Tmp {
		entries = append(entries, store.DirEntry("tmp", 0o777|fs.ModeSticky))
	}
	pkg := store.Package{Platform: p.Bento.Platforms[0], Compression: store.Gzip, Entries: entries}
	return p.add(ctx, id, "user, temporary folder and IR", pos, pkg)
}

// addAccount adds a line to passwd or group unless its number is taken.
func addAccount(text, line string) string {
	number := strings.Split(line, ":")[2]
	for have := range strings.Lines(text) {
		if f := strings.Split(strings.TrimSpace(have), ":"); len(f) > 2 && f[2] == number {
			return text
		}
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + line + "\n"
}

// baseAccounts reads passwd and group of a base image, from its uppermost layer
// that has them.
func (p *packer) baseAccounts(ctx context.Context, img oci.Image) (a accounts, err error) {
	if p.Fetch.Store.Memo("accounts", img.Manifest.Digest, &a) {
		return a, nil
	}
	names := []string{"etc/passwd", "etc/group", "tmp"}
	found, err := oci.New(p.Fetch).Files(ctx, img, names)
	if err != nil {
		return a, err
	}
	a = accounts{Passwd: string(found[names[0]]), Group: string(found[names[1]])}
	_, a.Tmp = found[names[2]]
	return a, p.Fetch.Store.SetMemo("accounts", img.Manifest.Digest, a)
}
