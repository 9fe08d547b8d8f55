package config

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of the router's README")

var keyTable = regexp.MustCompile(`(?m)^\| key \| value \| default \|\n(\|.*\n)+`)

// TestReadmeHasTheReference: the table of keys in the router's README is the
// reference's. With -update it is written.
func TestReadmeHasTheReference(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	before, after, found := strings.Cut(string(data), "\n## The file\n")
	require.True(t, found)
	at := keyTable.FindStringIndex(after)
	require.NotNil(t, at)
	want := before + "\n## The file\n" + after[:at[0]] + table() + after[at[1]:]
	if *update {
		require.NoError(t, os.WriteFile("../README.md", []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(data), "go test ./router/config -update writes the table")
}

// TestReferenceHasEveryKey holds the reference against the decoder, both ways: each
// key that is read is described and stands in the table, and no row is about a key
// that does not exist.
func TestReferenceHasEveryKey(t *testing.T) {
	found := map[string]bool{}
	eachKey(Schema(), "", func(path, key string, value *jsonschema.Schema) {
		found[key] = true
		require.NotEmpty(t, value.Description, "%s: give it a row in reference.go", path)
		require.Contains(t, table(), "`"+key+"`", "%s: name it in a row of reference.go", path)
		bare := *value
		bare.Description = ""
		require.False(t, anything(&bare), "%s: its reader says nothing of what it takes, see describe.go", path)
	})
	require.Greater(t, len(found), 50)
	for _, r := range slices.Concat(reference, nested) {
		for _, key := range strings.Fields(r.keys) {
			require.True(t, found[key], "the key %s has a row in reference*.go and is not read", key)
		}
	}
}

// eachKey visits the keys of all mappings.
func eachKey(s *jsonschema.Schema, path string, visit func(path, key string, value *jsonschema.Schema)) {
	for _, part := range append(slices.Clone(s.AnyOf), s.Items, s.AdditionalProperties) {
		if part != nil {
			eachKey(part, path, visit)
		}
	}
	if s.Properties == nil {
		return
	}
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		visit(join(path, pair.Key), pair.Key, pair.Value)
		eachKey(pair.Value, join(path, pair.Key), visit)
	}
}
