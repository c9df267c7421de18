package opset

import (
	"math"
	"math/bits"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	cast := Lookup("", "Cast", 18)
	if cast == nil || cast.Since != 13 || cast.MinIn != 1 || cast.MaxIn != 1 || !cast.Attributes["to"].Required || cast.Attributes["to"].Type != 2 {
		t.Errorf("Cast of 18 is %+v", cast)
	}
	concat := Lookup("", "Concat", 13)
	if concat == nil || concat.MaxIn != math.MaxInt || concat.In[0].Option != Variadic || concat.In[0].Mixed || concat.In[0].Param != concat.Out[0].Param {
		t.Errorf("Concat of 13 is %+v", concat)
	}
	sin := Lookup("", "Sin", 7)
	if sin == nil || sin.In[0].Types != 1<<1|1<<10|1<<11 {
		t.Errorf("Sin of 7 is %+v", sin)
	}
	if up := Lookup("", "Upsample", 17); up == nil || !up.Deprecated {
		t.Errorf("Upsample of 17 is %+v", up)
	}
	if Lookup("", "Gelu", 17) != nil || Lookup("com.microsoft", "Gelu", 1) == nil || Lookup("x", "Gelu", 1) != nil {
		t.Error("Gelu came with opset 20, and is com.microsoft's from the beginning")
	}
}

// TestEverySchema: each line is whole and has sets that exist.
func TestEverySchema(t *testing.T) {
	t.Parallel()
	n := 0
	for key, lines := range index() {
		for _, line := range lines {
			if strings.HasPrefix(key, "#") {
				continue
			}
			n++
			s := parse(strings.Fields(line))
			if s.Since < 1 || s.MinIn > s.MaxIn || s.MinOut > s.MaxOut || len(s.In) > s.MaxIn || len(s.Out) > s.MaxOut {
				t.Errorf("%s %s is %+v", key, line, s)
			}
			for _, f := range append(s.In, s.Out...) {
				if bits.OnesCount32(f.Types) == 0 && !f.Others {
					t.Errorf("%s %s has a formal without a type", key, line)
				}
			}
		}
	}
	if n < 800 {
		t.Errorf("there are %d schemas", n)
	}
}
