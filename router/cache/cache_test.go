package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/cache"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func size(s string) int64 { return int64(len(s)) }

func made(t testing.TB, l cache.Limits) *cache.Cache[string] {
	t.Helper()
	c, err := cache.New(l, size)
	require.NoError(t, err)
	return c
}

// put keeps a value under a key of its own name.
func put(t testing.TB, c *cache.Cache[string], now time.Time, name, value string, ttl time.Duration, tags ...string) {
	t.Helper()
	_, flight, verdict := c.Begin(now, cache.KeyOf(name))
	require.Equal(t, cache.Lead, verdict)
	flight.Keep(now, cache.Item[string]{Key: cache.KeyOf(name), Value: value, TTL: ttl, Tags: tags})
}

// there reports whether there is a fresh item; looking counts as using it.
func there(c *cache.Cache[string], now time.Time, name string) bool {
	_, flight, verdict := c.Begin(now, cache.KeyOf(name))
	if verdict == cache.Lead {
		flight.Fail(nil)
	}
	return verdict == cache.Hit
}

func TestKeyOf(t *testing.T) {
	require.Equal(t, cache.KeyOf("a", "b"), cache.KeyOf("a", "b"))
	require.NotEqual(t, cache.KeyOf("ab"), cache.KeyOf("a", "b"))
	require.NotEqual(t, cache.KeyOf("a", ""), cache.KeyOf("a"))
	require.NotEqual(t, cache.KeyOf("b", "a"), cache.KeyOf("a", "b"))
}

func TestFreshThenStaleThenGone(t *testing.T) {
	c := made(t, cache.Limits{Entries: 10, MaxBytes: 800, StaleIfError: time.Hour})
	put(t, c, start, "k", "v", time.Minute)
	for name, row := range map[string]struct {
		after        time.Duration
		fresh, there bool
	}{
		"at once":            {0, true, true},
		"just fresh":         {time.Minute - 1, true, true},
		"past its TTL":       {time.Minute, false, true},
		"just within bounds": {time.Hour + time.Minute - 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			now := start.Add(row.after)
			require.Equal(t, row.fresh, there(c, now, "k"))
			found, ok := c.StandIn(now, cache.KeyOf("k"))
			require.Equal(t, row.there, ok)
			require.Equal(t, cache.Found[string]{Value: "v", Stored: start, Stale: !row.fresh}, found)
			require.Equal(t, row.after, found.Age(now))
		})
	}
	_, ok := c.StandIn(start.Add(time.Hour+time.Minute), cache.KeyOf("k"))
	require.False(t, ok)
	require.Zero(t, c.Stats().Entries, "what is too old is forgotten")
}

func TestBounds(t *testing.T) {
	t.Run("entries", func(t *testing.T) {
		c := made(t, cache.Limits{Entries: 2, MaxBytes: 800})
		put(t, c, start, "a", "1", time.Minute)
		put(t, c, start, "b", "2", time.Minute)
		require.True(t, there(c, start, "a"), "used, so b is the older one")
		put(t, c, start, "c", "3", time.Minute)
		require.Equal(t, []bool{true, false, true}, []bool{there(c, start, "a"), there(c, start, "b"), there(c, start, "c")})
		require.EqualValues(t, 1, c.Stats().Evictions)
	})
	t.Run("bytes", func(t *testing.T) {
		c := made(t, cache.Limits{Entries: 100, MaxBytes: 80})
		for i := range 12 {
			put(t, c, start, fmt.Sprint(i), "0123456789", time.Minute)
		}
		require.EqualValues(t, 80, c.Stats().Bytes)
		for i := range 12 {
			require.Equal(t, i >= 4, there(c, start, fmt.Sprint(i)), i)
		}
		put(t, c, start, "giant", "0123456789+", time.Minute)
		require.False(t, there(c, start, "giant"))
		require.EqualValues(t, 80, c.Stats().Bytes)
		c.Alone(cache.KeyOf("11")).Keep(start, cache.Item[string]{Key: cache.KeyOf("11"), Value: "1", TTL: time.Minute})
		require.EqualValues(t, 71, c.Stats().Bytes, "in place of what was there")
	})
	t.Run("nothing", func(t *testing.T) {
		for _, l := range []cache.Limits{{}, {Entries: 1}, {MaxBytes: 8}, {Entries: 1, MaxBytes: 8, StaleIfError: -1}, {Entries: 1, MaxBytes: 8, Waiters: -1}} {
			_, err := cache.New(l, size)
			require.Error(t, err)
		}
	})
	t.Run("no TTL", func(t *testing.T) {
		c := made(t, cache.Limits{Entries: 2, MaxBytes: 800, StaleIfError: time.Hour})
		put(t, c, start, "a", "1", 0)
		require.Zero(t, c.Stats().Entries)
	})
}

func TestRemoving(t *testing.T) {
	for name, row := range map[string]struct {
		remove func(*cache.Cache[string]) int
		n      int
		left   []bool // a, b, c
	}{
		"a key": {func(c *cache.Cache[string]) int {
			if c.Remove(cache.KeyOf("a")) {
				return 1
			}
			return 0
		}, 1, []bool{false, true, true}},
		"a tag":      {func(c *cache.Cache[string]) int { return c.RemoveTag("x") }, 2, []bool{false, false, true}},
		"no such":    {func(c *cache.Cache[string]) int { return c.RemoveTag("z") }, 0, []bool{true, true, true}},
		"everything": {(*cache.Cache[string]).Clear, 3, []bool{false, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			c := made(t, cache.Limits{Entries: 10, MaxBytes: 800})
			put(t, c, start, "a", "1", time.Minute, "x")
			put(t, c, start, "b", "1", time.Minute, "y", "x")
			put(t, c, start, "c", "1", time.Minute, "y")
			_, under, _ := c.Begin(start, cache.KeyOf("d"))
			require.Equal(t, row.n, row.remove(c))
			require.Equal(t, row.left, []bool{there(c, start, "a"), there(c, start, "b"), there(c, start, "c")})
			under.Keep(start, cache.Item[string]{Key: cache.KeyOf("d"), Value: "old", TTL: time.Minute})
			require.False(t, there(c, start, "d"), "it may be made of what was to be forgotten")
			require.EqualValues(t, c.Stats().Entries, c.Stats().Bytes)
		})
	}
}

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := made(t, cache.Limits{Entries: 10, MaxBytes: 800, StaleIfError: time.Hour})
		calls := 0
		compute := func(context.Context) (string, error) {
			calls++
			return fmt.Sprint(calls), nil
		}
		broken := errors.New("broken")
		fail := func(context.Context) (string, error) { return "", broken }
		key := cache.KeyOf("k")
		_, err := c.Do(t.Context(), key, time.Minute, fail)
		require.ErrorIs(t, err, broken)
		for range 2 {
			found, err := c.Do(t.Context(), key, time.Minute, compute)
			require.NoError(t, err)
			require.Equal(t, "1", found.Value)
		}
		time.Sleep(time.Minute)
		found, err := c.Do(t.Context(), key, time.Minute, fail)
		require.NoError(t, err)
		require.Equal(t, "1", found.Value)
		require.True(t, found.Stale)
		found, err = c.Do(t.Context(), key, time.Minute, compute, "tag")
		require.NoError(t, err)
		require.Equal(t, "2", found.Value)
		require.Equal(t, 1, c.RemoveTag("tag"))
		require.Panics(t, func() {
			_, _ = c.Do(t.Context(), key, time.Minute, func(context.Context) (string, error) { panic("x") })
		})
		found, err = c.Do(t.Context(), key, time.Minute, compute)
		require.NoError(t, err, "a panic leaves nobody waiting")
		require.Equal(t, "3", found.Value)
	})
}

// Who asks while another one computes: the first of them leads.
func TestDoOnce(t *testing.T) {
	broken := errors.New("broken")
	for name, row := range map[string]struct {
		err     error
		leaves  bool // the leader's context ends
		waiters int  // allowed
		want    string
		calls   int
	}{
		"all get it":          {nil, false, 100, "1 1 1 1", 1},
		"all get its error":   {broken, false, 100, "broken broken broken broken", 1},
		"but not the leaving": {nil, true, 100, "context deadline exceeded 2 2 2", 2},
		"too many":            {nil, false, 1, "1 1 2 3", 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := made(t, cache.Limits{Entries: 10, MaxBytes: 800, Waiters: row.waiters})
				var mu sync.Mutex
				calls := 0
				compute := func(ctx context.Context) (string, error) {
					mu.Lock()
					calls++
					n := calls
					mu.Unlock()
					select {
					case <-time.After(time.Second):
						return fmt.Sprint(n), row.err
					case <-ctx.Done():
						return "", ctx.Err()
					}
				}
				got := make([]string, 4)
				var wg sync.WaitGroup
				for i := range got {
					wg.Go(func() {
						time.Sleep(time.Duration(i) * time.Millisecond)
						ctx := t.Context()
						if row.leaves && i == 0 {
							var cancel context.CancelFunc
							ctx, cancel = context.WithTimeout(ctx, 500*time.Millisecond)
							defer cancel()
						}
						found, err := c.Do(ctx, cache.KeyOf("k"), time.Minute, compute)
						if got[i] = found.Value; err != nil {
							got[i] = err.Error()
						}
					})
				}
				wg.Wait()
				require.Equal(t, row.want, fmt.Sprintf("%s %s %s %s", got[0], got[1], got[2], got[3]))
				require.Equal(t, row.calls, calls)
			})
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := made(t, cache.Limits{Entries: 10, MaxBytes: 800})
		_, lead, _ := c.Begin(time.Now(), cache.KeyOf("k"))
		_, join, verdict := c.Begin(time.Now(), cache.KeyOf("k"))
		require.Equal(t, cache.Join, verdict)
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(gone)
		_, ok, err := join.Wait(ctx)
		require.False(t, ok)
		require.ErrorIs(t, err, gone)
		lead.Share(cache.Found[string]{Value: "v", Stored: start, Stale: true})
		found, ok, err := join.Wait(ctx)
		require.NoError(t, err)
		require.True(t, ok, "what has ended counts, also where both have")
		require.Equal(t, "v", found.Value)
		require.False(t, there(c, time.Now(), "k"), "what was shared is not kept")
	})
}

func TestTop(t *testing.T) {
	c := made(t, cache.Limits{Entries: 10, MaxBytes: 800})
	for _, name := range []string{"a", "b", "c", "d"} {
		put(t, c, start, name, name, time.Minute)
	}
	for _, name := range []string{"a", "a", "c", "b"} {
		require.True(t, there(c, start, name))
	}
	top := func(n int) (names string) {
		for _, item := range c.Top(n) {
			names += item.Value
		}
		return names
	}
	require.Equal(t, "abcd", top(10), "of b and c, b was used last")
	require.Equal(t, "ab", top(2))
	require.Empty(t, top(-1))
	c.Alone(cache.KeyOf("a")).Keep(start, cache.Item[string]{Key: cache.KeyOf("a"), Value: "A", TTL: time.Minute})
	require.Equal(t, "A", top(1), "what takes another one's place is as popular")
}

// Other limits hold at once, and leave what fits, the last used.
func TestResize(t *testing.T) {
	c := made(t, cache.Limits{Entries: 4, MaxBytes: 800})
	for _, name := range []string{"a", "b", "c", "d"} {
		put(t, c, start, name, "12345678", time.Hour)
	}
	require.True(t, there(c, start, "a"))
	require.NoError(t, c.Resize(cache.Limits{Entries: 3, MaxBytes: 800}))
	require.Equal(t, []bool{true, false, true, true}, []bool{there(c, start, "a"), there(c, start, "b"), there(c, start, "c"), there(c, start, "d")})
	require.NoError(t, c.Resize(cache.Limits{Entries: 9, MaxBytes: 16, StaleIfError: time.Hour}))
	require.Equal(t, int64(16), c.Stats().Bytes)
	require.Equal(t, int64(2), c.MaxValue())
	require.False(t, there(c, start, "a"))
	require.Equal(t, int64(2), c.Stats().Evictions)
	require.Error(t, c.Resize(cache.Limits{}))
	require.Equal(t, time.Hour, c.Limits().StaleIfError)
}
