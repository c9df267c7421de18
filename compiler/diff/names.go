package diff

import (
	"maps"
	"reflect"
	"slices"
)

// named pairs the things of two maps; see namedAt.
func named[T any](w *walk, at string, old, new map[string]*T, oldShape, newShape func(string, *T) string, inside func(oldPath, path string, old, new *T)) {
	namedAt(w, at, at, old, new, oldShape, newShape, inside)
}

// namedAt pairs things by name, and those that are left by their shape: a thing that only
// the old side has and one that only the new side has are one thing that was renamed
// where they are alike and no third is like them, or else have the same alias, by which
// others know them. Inside is called with each pair that
// has both sides.
func namedAt[T any](w *walk, oldAt, at string, old, new map[string]*T, oldShape, newShape func(string, *T) string, inside func(oldPath, path string, old, new *T), alias ...func(*T) string) {
	now := renamedTo(w, old, new, oldShape, newShape)
	for _, by := range alias {
		aliased(now, old, new, by)
	}
	was := map[string]string{}
	for from, to := range now {
		was[to] = from
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		to, oldPath := name, joinPath(oldAt, name)
		if new[name] == nil {
			to = now[name]
		}
		if to == "" {
			see(w, oldPath, "", old[name], nil)
			continue
		}
		path := joinPath(at, to)
		if to != name {
			of := reflect.TypeFor[*T]()
			w.renames[of] = append(w.renames[of], pair{of: of, event: eventRenamed, oldPath: oldPath, path: path, old: old[name], new: new[to]})
		}
		see(w, oldPath, path, old[name], new[to])
		if inside != nil {
			inside(oldPath, path, old[name], new[to])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(new)) {
		if old[name] == nil && was[name] == "" {
			see(w, "", joinPath(at, name), nil, new[name])
		}
	}
}

// renamedTo gives the new names of what was renamed, by the old ones.
func renamedTo[T any](w *walk, old, new map[string]*T, oldShape, newShape func(string, *T) string) map[string]string {
	if !lacks(old, new) || !lacks(new, old) {
		return map[string]string{}
	}
	gone, come := map[string][]string{}, map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if new[name] == nil {
			s := oldShape(name, old[name])
			gone[s] = append(gone[s], name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(new)) {
		if old[name] == nil {
			s := newShape(name, new[name])
			come[s] = append(come[s], name)
		}
	}
	to := map[string]string{}
	for shape, names := range gone {
		// Where several are alike nobody can tell which became which, and it does not
		// matter: they are paired in the order of their names.
		for i := range min(len(names), len(come[shape])) {
			to[names[i]] = come[shape][i]
		}
	}
	return to
}

// aliased adds what is left and has the same alias, such as a route, on both sides.
func aliased[T any](now map[string]string, old, new map[string]*T, by func(*T) string) {
	come, taken := map[string]string{}, map[string]bool{}
	for _, name := range now {
		taken[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(new)) {
		if old[name] == nil && !taken[name] {
			come[by(new[name])] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		was := old[name]
		if to := come[by(was)]; new[name] == nil && now[name] == "" && to != "" {
			now[name] = to
			delete(come, by(was))
		}
	}
}

// lacks reports whether one has something that the other has not.
func lacks[T any](one, other map[string]*T) bool {
	for name := range one {
		if other[name] == nil {
			return true
		}
	}
	return false
}
