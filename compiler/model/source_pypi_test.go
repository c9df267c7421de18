package model

import (
	"testing"

	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

func init() {
	fixtures["pypi"] = func(t *testing.T) fixture {
		const name = "my_pkg-1.0-py3-none-any.whl"
		x := pypitest.NewIndex(t)
		add := func(text string) []byte {
			wheel := pypitest.Wheel(t, map[string]string{"pkg/m.onnx": text})
			x.Add("my-pkg", name, wheel, "")
			return wheel
		}
		wheel := add(content)
		return fixture{
			model:  &ir.Model{Source: ir.Source{PyPI: &ir.PyPISource{Project: "My_Pkg", Version: "1.0"}}, File: "pkg/m.onnx"},
			env:    []string{"PIP_INDEX_URL=" + x.URL()},
			wheel:  pypi.Wheel{Project: "my-pkg", Version: "1.0", File: name, Size: int64(len(wheel)), SHA256: store.DigestOf(wheel)},
			change: func() { x.Remove("my-pkg"); add("other bytes") }, remove: func() { x.Remove("my-pkg") },
		}
	}
}
