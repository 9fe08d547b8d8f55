// Package storetest holds every [queue.Store] to what it promises.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/queue"
)

// Run tests a store. Open returns an empty one; reopen closes it and opens what is
// left of it, nil where nothing is.
func Run(t *testing.T, open func(t *testing.T) queue.Store, reopen func(t *testing.T, s queue.Store) queue.Store) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)
	full := queue.Job{
		ID: "job-1", Owner: "o", RequestID: "r", Tenant: "acme", Task: "mail", Region: "eu", Route: "smart", Endpoint: "chat",
		Priority: queue.Low, Body: []byte(`{"model":"smart"}`), BodySum: "sum", Accepted: at, Deadline: at.Add(time.Hour),
		State: queue.Done, Tries: 2, Reason: "none", Finished: at.Add(time.Minute),
		Result: &queue.Result{Status: 200, Body: []byte(`{"id":"x"}`)},
	}
	all := func(t *testing.T, s queue.Store) map[string]queue.Job {
		t.Helper()
		jobs := map[string]queue.Job{}
		require.NoError(t, s.Each(t.Context(), func(j *queue.Job) error {
			require.NotContains(t, jobs, j.ID, "each once")
			jobs[j.ID] = *j
			return nil
		}))
		return jobs
	}
	for _, row := range []struct {
		name string
		test func(t *testing.T, s queue.Store)
	}{
		{"an empty one has nothing", func(t *testing.T, s queue.Store) { require.Empty(t, all(t, s)) }},
		{"a job comes back as it was", func(t *testing.T, s queue.Store) {
			require.NoError(t, s.Save(t.Context(), &full))
			require.Equal(t, map[string]queue.Job{"job-1": full}, all(t, s))
		}},
		{"saved again, it takes the place of the old one", func(t *testing.T, s queue.Store) {
			require.NoError(t, s.Save(t.Context(), &full))
			changed := full
			changed.State, changed.Result = queue.Dead, nil
			require.NoError(t, s.Save(t.Context(), &changed))
			require.Equal(t, map[string]queue.Job{"job-1": changed}, all(t, s))
		}},
		{"deleted, it is gone, and may be deleted again", func(t *testing.T, s queue.Store) {
			require.NoError(t, s.Save(t.Context(), &full))
			require.NoError(t, s.Delete(t.Context(), "job-1"))
			require.NoError(t, s.Delete(t.Context(), "job-1"))
			require.Empty(t, all(t, s))
		}},
		{"an error ends the walk", func(t *testing.T, s queue.Store) {
			for i := range 3 {
				j := full
				j.ID = fmt.Sprint("job-", i)
				require.NoError(t, s.Save(t.Context(), &j))
			}
			n, enough := 0, errors.New("enough")
			require.ErrorIs(t, s.Each(t.Context(), func(*queue.Job) error { n++; return enough }), enough)
			require.Equal(t, 1, n)
		}},
		{"many at once", func(t *testing.T, s queue.Store) {
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() {
					j := full
					j.ID = fmt.Sprint("job-", i)
					if err := s.Save(context.Background(), &j); err != nil {
						t.Error(err)
					}
					if i%4 == 0 {
						if err := s.Delete(context.Background(), j.ID); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			require.Len(t, all(t, s), 30)
		}},
		{"what was saved is there after the process", func(t *testing.T, s queue.Store) {
			if reopen == nil {
				t.Skip("this store lives as long as its process")
			}
			gone := full
			gone.ID = "gone"
			require.NoError(t, s.Save(t.Context(), &full))
			require.NoError(t, s.Save(t.Context(), &gone))
			require.NoError(t, s.Delete(t.Context(), "gone"))
			require.Equal(t, map[string]queue.Job{"job-1": full}, all(t, reopen(t, s)))
		}},
	} {
		t.Run(row.name, func(t *testing.T) { row.test(t, open(t)) })
	}
}
