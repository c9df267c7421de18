//go:build !linux

package metrics

// Resident is not known.
func Resident() (int64, bool) { return 0, false }

// system adds nothing: images are for Linux, and elsewhere the runtime is only
// compiled and tested.
func (r *Registry) system() {}
