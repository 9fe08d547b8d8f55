package table_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	words "github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/render/table"
)

func TestBlocks(t *testing.T) {
	columns := []words.Column{{Name: "name", Key: true}, {Name: "n", Right: true}}
	var out bytes.Buffer
	require.NoError(t, table.WriteBlocks(&out, []table.Block{
		{Lines: []string{"a line that is wider than a narrow terminal"}},
		{Sheet: words.Sheet{Title: "empty", Columns: columns}},
		{Sheet: words.Sheet{Title: "numbers", Columns: columns, Rows: [][]string{{"one", "1"}, {"ten\x1b", "10"}}}},
		{Lines: []string{"end"}},
	}, table.Options{Width: 40, ASCII: true}))
	require.Equal(t, `a line that is wider than a narrow
  terminal

numbers

name   n
--------
one    1
ten?  10

end
`, out.String())
}
