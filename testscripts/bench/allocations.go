package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// counted is how the test says what it has counted.
var counted = regexp.MustCompile(`(?m): ([\w ]+): ([\d.]+) allocations$`)

// benchAllocations asks the test of the path of a request how often it allocates, which is of the
// server's own code: net/http, reading and writing JSON, one node.
func benchAllocations(b *bench) error {
	test := exec.CommandContext(b.ctx, "go", "test", "-count=1", "-v", "-run", "^TestAllocations$", "bentoc.dev/runtime/protocol/rest")
	test.Dir = b.repo
	out, err := test.CombinedOutput()
	found := counted.FindAllStringSubmatch(string(out), -1)
	if err != nil || len(found) == 0 {
		return fmt.Errorf("counting allocations: %w\n%s", err, out)
	}
	for _, m := range found {
		n, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		b.add(figure{name: "allocations of a request, " + m[1], value: n, limit: 30})
	}
	return nil
}
