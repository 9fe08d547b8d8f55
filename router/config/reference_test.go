package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every key the decoder knows stands in the reference.
func TestReferenceHasEveryKey(t *testing.T) {
	reference, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	key := regexp.MustCompile(`field\{"([a-z_]+)"`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, m := range key.FindAllStringSubmatch(string(source), -1) {
			require.Contains(t, string(reference), "`"+m[1]+"`", "a key of the file")
			found++
		}
	}
	require.Greater(t, found, 20)
}
