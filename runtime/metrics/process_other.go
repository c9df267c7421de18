//go:build !linux

package metrics

// system adds nothing: images are for Linux, and elsewhere the runtime is only
// compiled and tested.
func (r *Registry) system() {}
