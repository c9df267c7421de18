package place

import (
	"strconv"
	"strings"
)

// Variables by which somebody else says which devices there are.
const (
	envCUDA    = "CUDA_VISIBLE_DEVICES"
	envNVIDIA  = "NVIDIA_VISIBLE_DEVICES"
	envDisable = "BENTOC_DISABLE_GPU_ALLOCATION"
)

// handedBack gives the variable that leaves devices to whoever set it, or the one that hides
// all of them; "" for none.
//
// CUDA reads its list up to the first word that names nothing, so that "-1" and an empty
// text hide everything. NVIDIA's container runtime takes "all", "void" and an empty text for
// no choice, and images say "all" themselves.
func handedBack(lookup func(string) (string, bool)) (left, hidden string) {
	if text, ok := lookup(envDisable); ok && text != "" {
		if on, err := strconv.ParseBool(text); err != nil || on {
			return envDisable, ""
		}
	}
	if text, ok := lookup(envCUDA); ok {
		first, _, _ := strings.Cut(text, ",")
		switch strings.TrimSpace(first) {
		case "", "-1", "NoDevFiles":
			return "", envCUDA
		}
		return envCUDA, ""
	}
	switch text, _ := lookup(envNVIDIA); text {
	case "", "void", "all":
		return "", ""
	case "none":
		return "", envNVIDIA
	}
	return envNVIDIA, ""
}
