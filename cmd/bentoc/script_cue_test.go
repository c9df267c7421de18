package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"cuelang.org/go/mod/modregistrytest"
	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCUERegistry serves the CUE modules in DIR, a folder each such as
// example.org_policy_v0.1.0, from a registry on this machine, and points CUE_REGISTRY
// there. A file auth.json in DIR has the username and the password that it asks for.
func scriptCUERegistry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: cueregistry DIR")
	}
	r, err := modregistrytest.New(os.DirFS(ts.MkAbs(args[0])), "")
	ts.Check(err)
	ts.Defer(r.Close)
	ts.Setenv("CUE_REGISTRY", r.Host()+"+insecure")
	ts.Setenv("HOST", r.Host())
}

// scriptDockerLogin writes credentials for a registry as docker login does.
func scriptDockerLogin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: dockerlogin HOST USER PASSWORD")
	}
	dir := ts.MkAbs("docker")
	ts.Check(os.MkdirAll(dir, 0o755))
	text := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, args[0], base64.StdEncoding.EncodeToString([]byte(args[1]+":"+args[2])))
	ts.Check(os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600))
	ts.Setenv("DOCKER_CONFIG", dir)
}
