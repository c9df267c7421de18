package workspace

import "bentoc.dev/compiler/need"

// Needs gives w as what modules are chosen for.
func (w *Workspace) Needs() *need.Modules {
	return &need.Modules{
		Server: w.Server, Package: "./" + ServerDir, Identity: w.Identity, Runtime: w.Runtime,
		Files: needed(w.Files), Sums: needed(w.Sums), UserDir: UserDir, Vendor: w.Vendor, GPU: w.GPU,
	}
}

func needed(files []File) (all []need.File) {
	for _, f := range files {
		all = append(all, need.File(f))
	}
	return all
}
