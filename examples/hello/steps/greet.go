// Package steps holds hello's only step.
package steps

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"

	"example.com/hello/bentogen"
)

// Greet greets in.Name in in.Language. From the second visit on it counts.
func Greet(_ context.Context, in bentogen.GreetInput) (bentogen.GreetOutput, error) {
	hello := map[string]string{"en": "hello", "fr": "bonjour", "de": "hallo"}[string(in.Language)]
	message := fmt.Sprintf("%s, %s", hello, in.Name)
	if in.Visit > 1 {
		message += fmt.Sprintf(" (%s visit)", humanize.Ordinal(int(in.Visit)))
	}
	return bentogen.GreetOutput{Message: message}, nil
}
