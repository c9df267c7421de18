package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// memo is a file below memo/: key is kept beside the value, for people and
// against collisions of file names.
type memo struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Memo reads into v what [Store.SetMemo] kept for key, and reports whether
// there was anything. Kind is a word such as layer or gomod. A memo is advice:
// what it says to be in the store may be gone, so check with [Store.Has].
func (s *Store) Memo(kind, key string, v any) bool {
	data, err := os.ReadFile(s.memoPath(kind, key))
	if err != nil {
		return false
	}
	var m memo
	return json.Unmarshal(data, &m) == nil && m.Key == key && json.Unmarshal(m.Value, v) == nil
}

// SetMemo keeps v for key.
func (s *Store) SetMemo(kind, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", key, err)
	}
	data, err := json.Marshal(memo{Key: key, Value: value})
	if err != nil {
		return fmt.Errorf("keeping %s: %w", key, err)
	}
	return s.writeFile(s.memoPath(kind, key), data)
}

func (s *Store) memoPath(kind, key string) string {
	return filepath.Join(s.dir, "memo", kind, hexOf([]byte(key)))
}
