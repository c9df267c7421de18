// Package builder solves LLB. It finds a BuildKit, or is one.
//
// [Open] gives a [Builder] of a BuildKit elsewhere (--builder, BUILDKIT_HOST)
// or of the embedded one. The embedded BuildKit is this executable, started
// again in namespaces of its own (mounts and processes; users too, when it is
// not root): the builder process. It owns one state folder, serves it on a Unix
// socket there, and lives exactly as long as somebody is connected:
//
//   - a second bentoc on the same state folder joins it, so both build at once;
//   - when the last one leaves, by a normal end, by Ctrl-C or by kill -9, the
//     builder process ends. Being process 1 of its namespaces, it takes every
//     step and every mount with it;
//   - when it dies itself, whoever was building starts a new one and goes on.
//
// Steps run in the executor of package sandbox, so neither an OCI runtime nor
// root is needed. Nothing outside the state folder is written.
package builder
