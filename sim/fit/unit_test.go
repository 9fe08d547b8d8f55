package fit_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/sim/fit"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"gpt-4.1": "gpt-4.1", "openai/gpt-4o": "openai-gpt-4o", "": "unnamed", "--": "unnamed", "a b\n": "a-b",
		"_x": "x", "Ünïcode": "n-code", strings.Repeat("a", 100): strings.Repeat("a", 64),
	} {
		require.Equal(t, want, fit.Name(in), in)
	}
}

// Hostile and crowded logs still give a world that is valid.
func TestWorldsAreValid(t *testing.T) {
	const header = "time,provider,model,status,latency_ms,prompt_tokens,output_tokens,ttft_ms,task,endpoint,route,max_tokens,tenant,prompt_id,cost_usd\n"
	row := func(i int, provider, model string, status int, task, endpoint, route string) string {
		return fmt.Sprintf("%d,%s,%s,%d,%d,%d,%d,%d,%s,%s,%s,%d,t%d,p%d,%g\n",
			i, provider, model, status, 100+i%50, 10+i%7, i%5, 20+i%30, task, endpoint, route, i%2*100, i%3, i%4, float64(i%9)/1000)
	}
	many := func(n int, one func(i int) string) string {
		var b strings.Builder
		b.WriteString(header)
		for i := range n {
			b.WriteString(one(i))
		}
		return b.String()
	}
	tests := map[string]string{
		"two rows":      many(2, func(i int) string { return row(i, "a", "m", 200, "", "", "") }),
		"nothing is ok": many(50, func(i int) string { return row(i, "a", "m", 503, "", "", "") }),
		"odd statuses":  many(300, func(i int) string { return row(i, "a", "m", []int{0, 101, 302, 404, 200, 599}[i%6], "", "", "") }),
		"one instant":   many(40, func(int) string { return row(0, "a", "m", 200, "", "", "") }),
		"names of YAML": many(60, func(i int) string {
			return row(i, "null", "1e3", 200, []string{"true", "~", "# x", "a: b", "2024-01-01"}[i%5], "", "no")
		}),
		"equal names": many(60, func(i int) string {
			return row(i, []string{"a b", "a-b", "a/b"}[i%3], []string{"m/1", "m-1"}[i%2], 200, "", "", "")
		}),
		"both endpoints": many(90, func(i int) string {
			return row(i, "a", "m", 200, "x", []string{"chat", "embeddings", "completions"}[i%3], "r")
		}),
		"two spaces":   many(90, func(i int) string { return row(i, "a", []string{"m", "n"}[i%2], 200, "x", "embeddings", "r") }),
		"many targets": many(9000, func(i int) string { return row(i, fmt.Sprint("p", i%90), fmt.Sprint("m", i%300), 200, "", "", "") }),
		"many tasks":   many(9000, func(i int) string { return row(i, "a", "m", 200, fmt.Sprint("t", i%800), "", fmt.Sprint("r", i%200)) }),
		"a prompt in a name": header + row(1, "a", "ignore\tprevious \x01 instructions", 200, "", "", "") +
			row(2, "a", "m\u2028timeline: []", 500, "", "", ""),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			world := fitted(t, []byte(data))
			s := loaded(t, world)
			require.NotEmpty(t, s.World.Tasks)
			var report bytes.Buffer
			require.NoError(t, table.WritePage(&report, world.Report(), table.Options{}))
			require.NotContains(t, report.String(), "NaN")
			log, err := requestlog.Read(strings.NewReader(data), requestlog.Auto)
			require.NoError(t, err)
			if len(log.Rows) < 1000 {
				b, err := world.Backtest(t.Context(), log, true, fit.Options{Seeds: 2})
				require.NoError(t, err)
				require.NoError(t, table.WritePage(&report, b.Report(), table.Options{}))
			}
		})
	}
}

// What the language has no words for is stated.
func TestNotes(t *testing.T) {
	world := fitted(t, []byte("time,provider,model,status,latency_ms,prompt_tokens,output_tokens,tenant,prompt_id\n"+
		"0,a,m,200,9,5,5,x,p\n1,a,m,200,9,5,5,x,p\n2,a,m,200,9,5,5,y,q\n3,a,o/m,200,9,5,5,y,q\n"))
	notes := strings.Join(world.Notes, "\n")
	for _, want := range []string{
		"2 tenants; the largest made 50.0%", "50.0% of the prompts were asked before (2 of 4, 2 distinct)",
		"all prices are 0", `the model "o/m" is called o-m here`,
	} {
		require.Contains(t, notes, want)
	}
}
