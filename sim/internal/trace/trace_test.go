package trace_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/internal/trace"
)

func readFile(t *testing.T, name, format string) []trace.Row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	rows, err := trace.Read(bytes.NewReader(data), format)
	require.NoError(t, err)
	return rows
}

func TestReadAzureKeepsEvery100Nanoseconds(t *testing.T) {
	rows := readFile(t, "azure-conv.csv", "azure")
	require.Len(t, rows, 9)
	require.Equal(t, trace.Row{PromptTokens: 374, OutputTokens: 44}, rows[0])
	require.Equal(t, trace.Row{At: 4314579 * time.Microsecond, PromptTokens: 396, OutputTokens: 109}, rows[1])
}

func TestReadMooncakeKeepsEqualInstantsInFileOrder(t *testing.T) {
	rows := readFile(t, "mooncake.jsonl", "mooncake")
	require.Len(t, rows, 12)
	require.Equal(t, trace.Row{PromptTokens: 6758, OutputTokens: 500}, rows[0])
	equal := 0
	for i := 1; i < len(rows); i++ {
		if rows[i].At == rows[i-1].At {
			equal++
		}
	}
	require.Equal(t, 10, equal)
	require.Equal(t, 7322, rows[1].PromptTokens)
	require.Equal(t, 3*time.Second, rows[11].At)
}

func TestReadCSV(t *testing.T) {
	rows := readFile(t, "own.csv", "csv")
	late := 1500 * time.Millisecond
	require.Equal(t, []trace.Row{
		{Task: "search", Model: "embed", PromptTokens: 1600, Tenant: "globex"},
		{
			At: late, Task: "chat", Model: "smart", PromptTokens: 600, OutputTokens: 40,
			Stream: new(true), MaxTokens: 1000, CachedTokens: 512, Tenant: "acme", Session: "s-1",
		},
		{
			At: late, Task: "chat", Model: "smart", PromptTokens: 601, OutputTokens: 41,
			Stream: new(false), Tenant: "acme", Session: "s-1",
		},
	}, rows)
}

func TestReadCSVTimes(t *testing.T) {
	for _, c := range []struct {
		name, first, second string
		gap                 time.Duration
	}{
		{"seconds", "0", "1.25", 1250 * time.Millisecond},
		{"epoch seconds keep their microseconds", "1700000000.000001", "1700000000.000003", 2 * time.Microsecond},
		{"negative seconds", "-1.5", "0.5", 2 * time.Second},
		{"durations", "250ms", "1m", 59*time.Second + 750*time.Millisecond},
		{"offsets that do not start at zero", "50", "60", 10 * time.Second},
		{"a duration and seconds", "1s", "2.5", 1500 * time.Millisecond},
		{"instants", "2025-01-01T00:00:00Z", "2025-01-01T00:00:00.000000001Z", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := "time,task,model,prompt_tokens,output_tokens\n" + c.first + ",a,m,1,2\n" + c.second + ",a,m,1,2\n"
			rows, err := trace.Read(strings.NewReader(in), "csv")
			require.NoError(t, err)
			require.Equal(t, c.gap, rows[1].At-rows[0].At)
			switch c.name {
			case "offsets that do not start at zero":
				require.Equal(t, 50*time.Second, rows[0].At, "they count from the scenario's start")
			case "instants":
				require.Zero(t, rows[0].At)
			}
		})
	}
}

func TestReadErrorsNameTheLine(t *testing.T) {
	const azure = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,1,2\r\n"
	const table = "time,task,model,prompt_tokens,output_tokens\n"
	for _, c := range []struct {
		name, format, in, want string
	}{
		{"unknown format", "parquet", "", `trace: unknown format "parquet"; one of azure, mooncake, csv`},
		{"empty azure", "azure", "", "trace: there are no rows"},
		{"empty mooncake", "mooncake", "\n\n", "trace: there are no rows"},
		{"empty csv", "csv", "", "trace: there are no rows"},
		{"header only", "csv", table, "trace: there are no rows"},
		{"azure header", "azure", "time\n", "trace: line 1: the header of this format is TIMESTAMP,ContextTokens,GeneratedTokens"},
		{"azure stamp", "azure", azure + "yesterday,1,2\r\n", "trace: line 3: TIMESTAMP:"},
		{"azure columns", "azure", azure + "2023-11-16 18:15:46,1\r\n", "trace: line 3: expected three columns"},
		{"azure four columns", "azure", azure + "2023-11-16 18:15:46,1,2,3\r\n", "trace: line 3: expected three columns"},
		{"azure negative", "azure", azure + "2023-11-16 18:15:47,-1,2\r\n", "trace: line 3: ContextTokens: -1 is not between"},
		{"azure many tokens", "azure", azure + "2023-11-16 18:15:47,1,10000001\r\n", "trace: line 3: GeneratedTokens: 10000001"},
		{"azure span", "azure", azure + "2025-11-16 18:15:47,1,1\r\n", "trace: the rows span"},
		{"azure year", "azure", azure + "0001-11-16 18:15:47,1,1\r\n", "trace: line 3: the year 1"},
		{"azure long line", "azure", azure + strings.Repeat("1", 1<<20+9), "trace: line 3: longer than 1048576 bytes"},
		{"mooncake json", "mooncake", "{}\n", "trace: line 1: timestamp, input_length and output_length are needed"},
		{"mooncake text", "mooncake", "\nhello\n", "trace: line 2: not a row of this format"},
		{"mooncake fraction", "mooncake", `{"timestamp":1,"input_length":1.5,"output_length":1}`, "trace: line 1: not a row"},
		{"mooncake negative", "mooncake", `{"timestamp":1,"input_length":1,"output_length":-1}`, "trace: line 1: output_length: -1"},
		{"mooncake far", "mooncake", `{"timestamp":1e30,"input_length":1,"output_length":1}`, "trace: line 1: timestamp: 1e+30 ms"},
		{"csv unknown column", "csv", "time,tokens\n", `trace: line 1: unknown column "tokens"; the columns are time, task, model,`},
		{"csv missing column", "csv", "time,task,model,prompt_tokens\n", `trace: line 1: the column "output_tokens" is missing`},
		{"csv column twice", "csv", "time,time\n", `trace: line 1: the column "time" stands there twice`},
		{"csv short row", "csv", table + "1,a,m,1\n", "trace: line 2: wrong number of fields"},
		{"csv quote", "csv", table + "1,a,m,1,\"2\n", "trace: line 2:"},
		{"csv time", "csv", table + "noon,a,m,1,2\n", `trace: line 2: time: "noon" is not RFC 3339`},
		{"csv mixed times", "csv", table + "1,a,m,1,2\n2025-01-01T00:00:00Z,a,m,1,2\n", "trace: line 3: time:"},
		{"csv not a number", "csv", table + "NaN,a,m,1,2\n", `trace: line 2: time: "NaN"`},
		{"csv stream", "csv", "stream," + table + "yes,1,a,m,1,2\n", `trace: line 2: stream: "yes" is neither true nor false`},
		{"csv long name", "csv", table + "1," + strings.Repeat("a", 300) + ",m,1,2\n", "trace: line 2: task: longer than 256 bytes"},
		{"csv long line", "csv", table + "1,\"" + strings.Repeat("a", 1<<20+9), "trace: line 2: longer than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := trace.Read(strings.NewReader(c.in), c.format)
			require.ErrorContains(t, err, c.want)
			require.Nil(t, rows)
			var typed *trace.Error
			require.ErrorAs(t, err, &typed)
		})
	}
}

func TestReadPassesReaderErrorsOn(t *testing.T) {
	broken := errors.New("disk gone")
	for _, format := range trace.Formats() {
		_, err := trace.Read(failing{broken}, format)
		require.ErrorIs(t, err, broken, format)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
