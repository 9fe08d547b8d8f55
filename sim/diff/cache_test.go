package diff_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/diff"
)

// memory is a cache that counts.
type memory struct {
	mu        sync.Mutex
	data      map[string][]byte
	got, puts int
}

func (m *memory) Get(key string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data[key] != nil {
		m.got++
	}
	return m.data[key]
}

func (m *memory) Put(key string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data == nil {
		m.data = map[string][]byte{}
	}
	m.data[key] = data
	m.puts++
}

func TestWhatIsKnownIsNotRunAgain(t *testing.T) {
	s := load(t, "testdata/twins.yaml")
	cells := int64(0)
	run := func(change func(*diff.Options)) string {
		o := options("testdata/ab.yaml", "testdata/ba.yaml", 2, s)
		o.Begin = func(_ *scenarios.Scenario, _ []uint64, p *sim.Progress) func() {
			return func() { ended, _ := p.Cells(); cells += ended }
		}
		cells = 0
		change(&o)
		data, err := json.Marshal(compare(t, o))
		require.NoError(t, err)
		return string(data)
	}
	inputs := func(digest string) func(*scenarios.Scenario) string {
		return func(*scenarios.Scenario) string { return digest }
	}
	cache := new(memory)
	with := func(o *diff.Options) { o.Cache, o.Inputs = cache, inputs("one") }

	plain := run(func(*diff.Options) {})
	require.EqualValues(t, 4, cells)
	require.Equal(t, plain, run(with))
	require.EqualValues(t, 4, cells, "nothing is known yet")
	require.Equal(t, 2, cache.puts)
	require.Equal(t, plain, run(with))
	require.EqualValues(t, 2, cells, "BASE is known")
	require.Equal(t, 2, cache.puts)

	t.Run("more seeds than are known", func(t *testing.T) {
		three := run(func(o *diff.Options) { o.Seeds = 3 })
		require.Equal(t, three, run(func(o *diff.Options) { with(o); o.Seeds = 3 }))
		require.EqualValues(t, 4, cells)
	})
	t.Run("what may not be kept", func(t *testing.T) {
		before := cache.puts
		require.Equal(t, plain, run(func(o *diff.Options) { o.Cache, o.Inputs = cache, inputs("") }))
		require.EqualValues(t, 4, cells)
		require.Equal(t, before, cache.puts)
	})
	t.Run("other inputs", func(t *testing.T) {
		require.Equal(t, plain, run(func(o *diff.Options) { o.Cache, o.Inputs = cache, inputs("two") }))
		require.EqualValues(t, 4, cells)
	})
	t.Run("other seeds", func(t *testing.T) {
		seed := uint64(100)
		run(func(o *diff.Options) { with(o); o.Seed = &seed })
		require.EqualValues(t, 4, cells)
	})
	t.Run("other metrics", func(t *testing.T) {
		s = load(t, "testdata/twins.yaml", "gate={latency_p90: {tolerance: 5%}}")
		run(with)
		require.EqualValues(t, 4, cells)
		s = load(t, "testdata/twins.yaml")
	})
	t.Run("entries that hold nothing of use", func(t *testing.T) {
		for key := range cache.data {
			cache.data[key] = []byte(strings.Repeat("{", 10))
		}
		require.Equal(t, plain, run(with))
		require.EqualValues(t, 4, cells)
		for key := range cache.data {
			cache.data[key] = []byte(`{"requests": 1}`)
		}
		require.Equal(t, plain, run(with))
		require.EqualValues(t, 4, cells)
	})
}
