package compiler

import (
	"encoding/json"
	"errors"
	"fmt"

	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/plan"
)

// records are what images of the bento have written down beside its IR, so that they can be
// compared with a later one: what the lock says of their contents, and which changes were
// accepted.
func (s *Session) records() ([]plan.Record, error) {
	all := []plan.Record{{Label: plan.LabelLockDigest, File: plan.LockFile, Data: s.locked.Contents().Bytes()}}
	if len(s.IR.Accepted) == 0 {
		return all, nil
	}
	data, err := json.Marshal(s.IR.Accepted)
	if err != nil {
		return nil, fmt.Errorf("encoding what is accepted: %w", err)
	}
	return append(all, plan.Record{Label: plan.LabelAcceptedDigest, File: plan.AcceptedFile, Data: data}), nil
}

// ErrNoIR is an image that bentoc has not built.
var ErrNoIR = errors.New("it holds no IR: it was not built by bentoc")

// Built gives what an image says of the bento that it was built from, by its labels. Find gives
// the file of the image that has a digest. Old images have the IR in a label, or nothing beside it:
// their facts and what they accept are not known.
func Built(name string, labels map[string]string, find func(file, digest string) ([]byte, error)) (diff.Side, error) {
	side := diff.Side{AcceptanceUnknown: true}
	text := []byte(labels[plan.LabelOldIR])
	if want := labels[plan.LabelIRDigest]; len(text) == 0 && want != "" {
		var err error
		if text, err = find(plan.IRFile, want); err != nil {
			return side, err
		}
	}
	if len(text) == 0 {
		return side, ErrNoIR
	}
	var err error
	if side.Bento, err = ir.Parse(text); err != nil {
		return side, err
	}
	want := labels[plan.LabelLockDigest]
	if want == "" {
		return side, nil
	}
	if text, err = find(plan.LockFile, want); err != nil {
		return side, err
	}
	locked, wrong := lock.Parse(name, text)
	if wrong.HasErrors() {
		return side, fmt.Errorf("reading its lock: %w", wrong)
	}
	side.Facts, side.AcceptanceUnknown = facts(locked, side.Bento), false
	if want = labels[plan.LabelAcceptedDigest]; want == "" {
		return side, nil
	}
	if text, err = find(plan.AcceptedFile, want); err == nil {
		err = json.Unmarshal(text, &side.Bento.Accepted)
	}
	return side, err
}
