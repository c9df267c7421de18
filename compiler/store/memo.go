package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// memo is a file below memo/: key is kept beside the value, for people and
// against collisions of file names.
type memo struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
	Sum   string          `json:"sum"` // of both: a damaged memo is none
}

func (m memo) sum() string { return hexOf(append([]byte(m.Key+"\n"), m.Value...)) }

// Memo reads into v what [Store.SetMemo] kept for key, and reports whether
// there was anything. Kind is a word such as layer or gomod. A memo is advice:
// what it says to be in the store may be gone, so check with [Store.Has].
func (s *Store) Memo(kind, key string, v any) bool {
	data, err := os.ReadFile(s.memoPath(kind, key))
	if err != nil {
		return false
	}
	var m memo
	return json.Unmarshal(data, &m) == nil && m.Key == key && m.Sum == m.sum() && json.Unmarshal(m.Value, v) == nil
}

// SetMemo keeps v for key.
func (s *Store) SetMemo(kind, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", key, err)
	}
	m := memo{Key: key, Value: value}
	m.Sum = m.sum()
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", key, err)
	}
	return s.writeFile(s.memoPath(kind, key), data, 0o644)
}

func (s *Store) memoPath(kind, key string) string {
	return filepath.Join(s.dir, "memo", kind, hexOf([]byte(key)))
}

// EachMemo gives what is kept of a kind, in no order. What is damaged is passed
// over.
func (s *Store) EachMemo(kind string, do func(key string, value json.RawMessage)) error {
	files, err := os.ReadDir(filepath.Join(s.dir, "memo", kind))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the store: %w", err)
	}
	for _, f := range files {
		var m memo
		data, err := os.ReadFile(filepath.Join(s.dir, "memo", kind, f.Name()))
		if err == nil && json.Unmarshal(data, &m) == nil && m.Sum == m.sum() {
			do(m.Key, m.Value)
		}
	}
	return nil
}

// DropMemo forgets what is kept for key.
func (s *Store) DropMemo(kind, key string) error { return removeIfThere(s.memoPath(kind, key)) }
