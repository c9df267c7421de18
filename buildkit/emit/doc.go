// Package emit turns a plan into LLB, the instructions that BuildKit solves.
//
// It is pure: no client, no network, no clock, no file is read. The same plan
// gives the same bytes, which is what makes a build's cache and its images
// reproducible.
//
// A plan becomes very few operations, whatever it locks:
//
//   - one source per [plan.Input]: a one-layer OCI image of the store, mounted
//     by the digest of its manifest ([llb.OCILayout]). All images share it;
//   - one exec per [plan.Compile]: no network, an empty root that is thrown away,
//     inputs mounted read-only, caches shared under a lock. It runs on the machine
//     that builds and cross-compiles, so no image needs an emulator;
//   - one copy per compiled file, with explicit time, mode and owner;
//   - one merge per image. Merge joins layers by reference: nothing is unpacked,
//     and a layer from the store keeps its digest.
//
// Every operation carries the place in bento.cue that asks for it, so that
// BuildKit names the user's line when it fails. Places and names are metadata:
// they change no digest.
package emit
