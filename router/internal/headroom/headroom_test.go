package headroom

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func openAI(requests, tokens int, reset string) http.Header {
	return http.Header{
		"X-Ratelimit-Limit-Requests": {"1000"}, "X-Ratelimit-Remaining-Requests": {strconv.Itoa(requests)}, "X-Ratelimit-Reset-Requests": {reset},
		"X-Ratelimit-Limit-Tokens": {"90000"}, "X-Ratelimit-Remaining-Tokens": {strconv.Itoa(tokens)}, "X-Ratelimit-Reset-Tokens": {reset},
	}
}

func TestRead(t *testing.T) {
	for _, row := range []struct {
		name   string
		header http.Header
		want   [kinds]reading
	}{
		{"nothing", http.Header{}, [kinds]reading{}},
		{"OpenAI", openAI(9, 800, "6m0s"), [kinds]reading{Requests: {true, 9, 1000, 6 * time.Minute}, Tokens: {true, 800, 90000, 6 * time.Minute}}},
		{"Azure names no reset", http.Header{"X-Ratelimit-Remaining-Tokens": {"7"}}, [kinds]reading{Tokens: {true, 7, 0, unknownReset}}},
		{"Anthropic", http.Header{
			"Anthropic-Ratelimit-Input-Tokens-Limit": {"5000"}, "Anthropic-Ratelimit-Input-Tokens-Remaining": {"4000"},
			"Anthropic-Ratelimit-Input-Tokens-Reset": {"2026-01-01T00:00:12Z"}, "Anthropic-Ratelimit-Output-Tokens-Remaining": {"0"},
		}, [kinds]reading{Input: {true, 4000, 5000, 12 * time.Second}, Output: {true, 0, 0, unknownReset}}},
		{"a reset that cannot be read", openAI(1, 2, "soon"), [kinds]reading{Requests: {true, 1, 1000, unknownReset}, Tokens: {true, 2, 90000, unknownReset}}},
		{"a reset next week", openAI(1, 2, "200h"), [kinds]reading{Requests: {true, 1, 1000, maxReset}, Tokens: {true, 2, 90000, maxReset}}},
		{"below zero", openAI(-1, 2, "1s"), [kinds]reading{Tokens: {true, 2, 90000, time.Second}}},
		{"beyond all bounds", http.Header{"X-Ratelimit-Remaining-Tokens": {"9223372036854775807"}}, [kinds]reading{}},
		{"no number", http.Header{"X-Ratelimit-Remaining-Tokens": {"many"}}, [kinds]reading{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, any := read(row.header, start)
			require.Equal(t, row.want, got)
			require.Equal(t, row.want != [kinds]reading{}, any)
		})
	}
}

func TestHeadroom(t *testing.T) {
	one := Need{Input: 100, Output: 50}
	t.Run("nothing known holds everything", func(t *testing.T) {
		var h Headroom
		for range 100 {
			h.Send(one)
		}
		require.True(t, h.Holds(Need{Input: 1 << 40}, start))
		require.Nil(t, h.Left(start))
	})
	t.Run("what was sent since is taken off", func(t *testing.T) {
		var h Headroom
		first := h.Send(one)
		h.Send(one) // under way when the first is answered
		h.Answered(first, openAI(10, 450, "20s"), start)
		require.Equal(t, []Left{{Requests, 9, 1000, start.Add(20 * time.Second)}, {Tokens, 300, 90000, start.Add(20 * time.Second)}}, h.Left(start))
		require.True(t, h.Holds(Need{Input: 250, Output: 50}, start))
		require.False(t, h.Holds(Need{Input: 251, Output: 50}, start), "a token too many")
		h.Send(one)
		h.Send(one)
		require.False(t, h.Holds(one, start))
		h.Send(one)
		require.Zero(t, h.Left(start)[1].Left)
	})
	t.Run("requests count too", func(t *testing.T) {
		var h Headroom
		h.Answered(h.Send(one), openAI(1, 9000, "20s"), start)
		require.True(t, h.Holds(one, start))
		h.Send(one)
		require.False(t, h.Holds(one, start))
	})
	t.Run("it ends at its reset", func(t *testing.T) {
		var h Headroom
		h.Answered(h.Send(one), openAI(0, 0, "20s"), start)
		require.False(t, h.Holds(one, start.Add(20*time.Second-1)))
		require.True(t, h.Holds(one, start.Add(20*time.Second)))
		require.Nil(t, h.Left(start.Add(20*time.Second)))
	})
	t.Run("the order of answers makes no difference", func(t *testing.T) {
		var a, b Headroom
		first, second := a.Send(one), a.Send(one)
		require.Equal(t, [2]Sent{first, second}, [2]Sent{b.Send(one), b.Send(one)})
		a.Answered(first, openAI(5, 500, "1s"), start)
		a.Answered(second, openAI(4, 350, "2s"), start)
		b.Answered(second, openAI(4, 350, "2s"), start)
		b.Answered(first, openAI(5, 500, "1s"), start)
		require.Equal(t, a.Left(start), b.Left(start))
		require.Equal(t, int64(350), a.Left(start)[1].Left)
	})
	t.Run("what was never sent tells nothing", func(t *testing.T) {
		var h Headroom
		h.Answered(Sent{}, openAI(0, 0, "1s"), start)
		require.True(t, h.Holds(one, start))
	})
}

// Whatever a provider sends, estimates stay within bounds and end.
func FuzzRead(f *testing.F) {
	f.Add("10", "5", "6m0s")
	f.Add("", "-1", "2026-01-01T00:00:12Z")
	f.Add("1e9", " 7 ", "99999999999999999999")
	f.Fuzz(func(t *testing.T, limit, remaining, reset string) {
		header := http.Header{}
		for _, n := range names {
			header[n.limit], header[n.remaining], header[n.reset] = []string{limit}, []string{remaining}, []string{reset}
		}
		var h Headroom
		h.Answered(h.Send(Need{}), header, start)
		for _, l := range h.Left(start) {
			require.GreaterOrEqual(t, l.Left, int64(0))
			require.LessOrEqual(t, l.Left, int64(maxAmount))
			require.True(t, l.Reset.After(start))
			require.False(t, l.Reset.After(start.Add(maxReset)))
			require.True(t, h.Holds(Need{}, start) == (l.Left > 0) || l.Kind != Requests)
		}
	})
}
