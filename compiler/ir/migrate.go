package ir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// migration makes of an IR of one version one of the next. It sees the JSON value,
// numbers as [json.Number], since the structs are those of the present version alone.
type migration func(bento map[string]any) error

// migrations has a row for each version but the present one, from 1 on: row 0 makes 2
// of 1. Every image that was ever written has version 1, to which fields were only
// added; a test holds that none of them is taken away or changed without a row here.
var migrations = []migration{}

// migrate brings an IR to the version present, by the rows that lead there. One that
// is of that version stays as it is, byte for byte.
func migrate(data []byte, rows []migration, present int) ([]byte, error) {
	version, err := versionOf(data)
	switch {
	case err != nil:
		return nil, err
	case version > present:
		return nil, fmt.Errorf("version %d is newer than this bentoc's %d: use a newer bentoc", version, present)
	case version < 1:
		return nil, fmt.Errorf("version %d was never written: the IR is damaged", version)
	case version == present:
		return data, nil
	}
	var bento map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&bento); err != nil {
		return nil, err
	}
	for ; version < present; version++ {
		if err := rows[version-1](bento); err != nil {
			return nil, fmt.Errorf("bringing version %d to %d: %w", version, version+1, err)
		}
	}
	bento["irVersion"] = present
	return marshal(bento)
}

func versionOf(data []byte) (int, error) {
	var head struct {
		Version *int `json:"irVersion"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return 0, err
	}
	if head.Version == nil {
		return 0, errors.New("no irVersion")
	}
	return *head.Version, nil
}
