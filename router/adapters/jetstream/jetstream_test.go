package jetstream_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/jetstream"
	"github.com/routedrill/routedrill/router/queue"
	"github.com/routedrill/routedrill/router/queue/storetest"
)

func TestStore(t *testing.T) {
	dirs := map[queue.Store]string{}
	open := func(t *testing.T, dir string) queue.Store {
		t.Helper()
		s, err := jetstream.Open(dir)
		require.NoError(t, err)
		dirs[s] = dir
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	storetest.Run(t,
		func(t *testing.T) queue.Store { t.Helper(); return open(t, t.TempDir()) },
		func(t *testing.T, s queue.Store) queue.Store {
			t.Helper()
			require.NoError(t, s.Close())
			return open(t, dirs[s])
		})
}

func TestLargeJob(t *testing.T) {
	s, err := jetstream.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	want := queue.Job{ID: "job-1", Body: make([]byte, router.MaxDeferredBytes)}
	require.NoError(t, s.Save(t.Context(), &want))
	require.NoError(t, s.Each(t.Context(), func(j *queue.Job) error {
		require.Equal(t, want, *j)
		return nil
	}))
}

func TestNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := jetstream.Open(file)
	require.ErrorContains(t, err, "jetstream: ")
}
