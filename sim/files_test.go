package sim_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// openFiles is what the descriptors of this process lead to; nothing where nobody says.
func openFiles(t *testing.T) (list []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the runtime keeps descriptors of its own from the first socket on
	require.NoError(t, err)
	require.NoError(t, l.Close())
	const folder = "/proc/self/fd"
	files, err := os.ReadDir(folder)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	for _, f := range files {
		if to, err := os.Readlink(filepath.Join(folder, f.Name())); err == nil { // that of the folder itself is closed
			list = append(list, to)
		}
	}
	return list
}
