package gen_test

import (
	"os"
	"os/exec"
	"testing"
)

func TestDump(t *testing.T) {
	dst := os.Getenv("GENDUMP")
	if dst == "" {
		t.SkipNow()
	}
	dir, servers := layOut(t)
	for _, s := range servers {
		goCommand(t, dir, "build", "-o", dst+"/", s)
	}
	exec.Command("cp", "-r", dir, dst+"/src").Run()
}
