package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCellCache(t *testing.T) {
	c := &cellCache{dir: t.TempDir()}
	require.Nil(t, c.Get("a"), "nothing is there yet")
	c.Put("a", []byte("one"))
	require.Equal(t, "one", string(c.Get("a")))
	c.Put("a", []byte("two"))
	require.Equal(t, "two", string(c.Get("a")))
	require.Equal(t, 2, c.known)

	for name, damage := range map[string]func(data []byte) []byte{
		"empty":       func([]byte) []byte { return nil },
		"cut":         func(d []byte) []byte { return d[:len(d)-1] },
		"another bit": func(d []byte) []byte { d[len(d)-1] ^= 1; return d },
		"longer":      func(d []byte) []byte { return append(d, 'x') },
	} {
		c.Put("b", []byte("three"))
		data, err := os.ReadFile(c.file("b"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(c.file("b"), damage(data), 0o600))
		require.Nil(t, c.Get("b"), name)
	}
	c.Put("b", []byte("three"))
	require.NoError(t, os.Rename(c.file("b"), c.file("a")))
	require.Nil(t, c.Get("a"), "an entry under the name of another")

	c.Put("large", make([]byte, maxEntryBytes))
	require.Nil(t, c.Get("large"))
	(&cellCache{dir: filepath.Join(c.dir, "nowhere")}).Put("a", nil) // is of no consequence
}

func TestCellCacheForgetsWhatWasNotUsed(t *testing.T) {
	c := &cellCache{dir: t.TempDir()}
	at := time.Now().Add(-48 * time.Hour)
	for _, key := range []string{"a", "b", "c", "d"} {
		c.Put(key, make([]byte, 1000))
		at = at.Add(time.Hour)
		require.NoError(t, os.Chtimes(c.file(key), at, at))
	}
	left := filepath.Join(c.dir, ".x.cell-123")
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	require.NoError(t, os.Chtimes(left, at, at))
	require.NotNil(t, c.Get("a"), "which is a use of it")
	c.trim(2500)
	var names []string
	entries, err := os.ReadDir(c.dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, "a.cell d.cell", strings.Join(names, " "))
}
