package spend

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLedger(t *testing.T) {
	l := NewLedger(2)
	l.Book(start, 5, "openai", "acme")
	l.Book(start.Add(time.Minute), 7, "openai", "")
	l.Book(start.Add(time.Minute), 100, "anthropic", "acme")
	require.Equal(t, []Row{{"anthropic", Amounts{100, 100, 100, 100}}, {"openai", Amounts{12, 7, 12, 12}}}, l.Rows(0, start.Add(time.Minute)))
	require.Equal(t, []Row{{"", Amounts{7, 7, 7, 7}}, {"acme", Amounts{105, 100, 105, 105}}}, l.Rows(1, start.Add(time.Minute)))
	require.Equal(t, Amounts{12, 0, 12, 12}, l.Rows(0, start.Add(2*time.Minute))[1].Amounts, "a minute passes without bookings")
	require.Equal(t, Amounts{12, 0, 0, 12}, l.Rows(0, start.Add(time.Hour))[1].Amounts)
	require.Equal(t, Amounts{12, 0, 0, 0}, l.Rows(0, start.Add(24*time.Hour))[1].Amounts)
}

// A name that anybody may make up must not fill the memory, and no money is lost.
func TestLedgerIsBounded(t *testing.T) {
	l := NewLedger(1)
	for i := range 5 * MaxNames {
		l.Book(start, 1, strconv.Itoa(i))
	}
	l.Book(start, 10, "0")
	rows := l.Rows(0, start)
	require.Len(t, rows, MaxNames+1)
	sums := map[string]int64{}
	for _, r := range rows {
		sums[r.Name] += r.Total
	}
	require.Equal(t, int64(4*MaxNames), sums[Other])
	require.Equal(t, int64(11), sums["0"])
}
