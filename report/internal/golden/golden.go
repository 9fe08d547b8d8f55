// Package golden compares output with files under testdata. With the flag
// -update a test writes the files instead:
//
//	go test ./report/... -update
//
// Test packages without golden files import it too, so that the flag may be
// given to all of them at once.
package golden

import (
	"flag"
	"io/fs"
	"path/filepath"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// TB is the part of testing.TB that is needed here.
type TB interface {
	require.TestingT
	Helper()
}

// Equal requires that testdata/name holds exactly these bytes. The test hands
// in os.ReadFile and os.WriteFile, because only commands and tests may touch
// files.
func Equal(tb TB, name string, got []byte, read func(string) ([]byte, error), write func(string, []byte, fs.FileMode) error) {
	tb.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(tb, write(path, got, 0o644))
		return
	}
	want, err := read(path)
	require.NoError(tb, err, "run the test with -update to make the file")
	require.Equal(tb, string(want), string(got))
}
