// Package steps tells which devices it was given.
package steps

import (
	"context"
	"os"

	"example.com/gpus/bentogen"
)

var opened string

// Open notes what the runner has when it is opened.
func Open(context.Context) error {
	opened += os.Getenv("BENTOC_GPUS_one") + ";"
	return nil
}

// One tells when it was opened, and on which devices.
func One(context.Context, bentogen.OneInput) (bentogen.OneOutput, error) {
	return bentogen.OneOutput{Message: opened}, nil
}

// Two tells its devices, and those that CUDA sees.
func Two(context.Context, bentogen.TwoInput) (bentogen.TwoOutput, error) {
	return bentogen.TwoOutput{Message: os.Getenv("BENTOC_GPUS_two") + ";" + os.Getenv("CUDA_VISIBLE_DEVICES")}, nil
}
