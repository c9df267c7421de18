package load

// ProveAll lets every run-time value be found by the bento's twin, also those that are
// spelled out.
func ProveAll(opts Options) Options {
	opts.proveAll = true
	return opts
}
