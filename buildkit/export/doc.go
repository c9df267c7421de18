// Package export puts built images where the user wants them, and reads them
// again.
//
// A build gives one OCI archive. [Write] takes it and makes every output of it:
// the archive itself, an OCI layout folder, an archive for `docker load`. An
// output appears whole or not at all: it is written beside its destination and
// renamed, and what has no name yet vanishes even with kill -9.
//
// [Open] reads an archive or a folder: [Archive.Images] says what is in it,
// [Archive.ReadFile] gives one file, [Rootfs] unpacks the root file system of
// one platform for `bentoc serve`.
package export
