package trace_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/routedrill/routedrill/sim/internal/trace"
)

// FuzzRead reads anything in every format: no panic, and what is accepted
// keeps the promises of Read.
func FuzzRead(f *testing.F) {
	for _, file := range []string{"testdata/azure-conv.csv", "testdata/mooncake.jsonl", "testdata/own.csv"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i := range trace.Formats() {
			f.Add(data, uint8(i))
		}
	}
	f.Add([]byte("time,task,model,prompt_tokens,output_tokens\n-1e9,a,b,1,2\n9e8,a,b,1,2\n"), uint8(2))
	f.Add([]byte(`{"timestamp":-1e12,"input_length":0,"output_length":0}`), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		formats := trace.Formats()
		rows, err := trace.Read(bytes.NewReader(data), formats[int(which)%len(formats)])
		if err != nil {
			if rows != nil {
				t.Fatal("rows beside an error")
			}
			return
		}
		format := formats[int(which)%len(formats)]
		if len(rows) == 0 || rows[0].At < 0 || rows[0].At != 0 && format != "csv" {
			t.Fatalf("%d rows, the first at a wrong instant", len(rows))
		}
		for i, row := range rows {
			if i > 0 && row.At < rows[i-1].At {
				t.Fatalf("row %d goes back in time", i)
			}
			for _, n := range []int{row.PromptTokens, row.OutputTokens, row.MaxTokens, row.CachedTokens} {
				if n < 0 || n > 10_000_000 {
					t.Fatalf("row %d has %d tokens", i, n)
				}
			}
		}
	})
}
