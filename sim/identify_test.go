package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/load"
)

// Requests 0 to 2 have texts of their own, 3 and 4 share one, 5 has one that is
// shorter than a tag, 6 comes after a prefix and shares its text with nobody.
func identified(t *testing.T) (*identities, func(seq int) string) {
	t.Helper()
	chat := scenarios.Task{Name: "chat", Endpoint: "chat", Model: "m"}
	embed := scenarios.Task{Name: "embed", Endpoint: "embeddings", Model: "m", Inputs: 3}
	plan := &load.Plan{}
	for i, spec := range []load.Spec{
		{PromptTokens: 50, Text: 0},
		{PromptTokens: 50, Text: 1},
		{PromptTokens: 90, Text: 2, Task: 1},
		{PromptTokens: 50, Text: 7, Space: 1},
		{PromptTokens: 50, Text: 7, Space: 1},
		{PromptTokens: 2, Text: 5},
		{PromptTokens: 90, Prefix: 40, Text: 6},
	} {
		plan.Specs = append(plan.Specs, spec)
		plan.Arrivals = append(plan.Arrivals, time.Duration(i)*time.Millisecond)
	}
	tasks := []scenarios.Task{chat, embed}
	who := newIdentities(plan, tasks, time.Now().Add(-time.Hour))
	return who, func(seq int) string { return client.Tag(&tasks[plan.Specs[seq].Task], plan.Specs[seq]) }
}

func TestIdentify(t *testing.T) {
	who, tag := identified(t)
	const filler = "the cat saw one dog and two big red owl fly "
	for _, row := range []struct {
		name, id, body, want string
	}{
		{"by the id, whatever the text", "req-000001", `{"messages":[{"content":"` + tag(0) + filler + `"}]}`, "req-000001"},
		{"by the text", "", `{"messages":[{"content":"` + tag(1) + filler + `"}]}`, "req-000001"},
		{"an id of somebody else's", "3f2c9a", `{"messages":[{"content":"` + tag(1) + filler + `"}]}`, "req-000001"},
		{"an id beyond the load", "req-000999", `{"messages":[{"content":"` + tag(1) + filler + `"}]}`, "req-000001"},
		{"in another API", "", `{"contents":[{"parts":[{"text":"` + tag(0) + filler + `"}]}]}`, "req-000000"},
		{"after a prompt of the gateway's", "", `{"system":"be kind, dear model, and brief","messages":[{"content":"` + tag(0) + filler + `"}]}`, "req-000000"},
		{"put into one text", "", `{"prompt":"System: be kind.\nUser: ` + tag(0) + filler + `"}`, "req-000000"},
		{"the first input", "", `{"input":["` + tag(2) + filler + `","zzz zzz zzz zzz "]}`, "req-000002"},
		{"a short text between quotes", "", `{"messages":[{"content":"` + tag(5) + `"}]}`, "req-000005"},
		{"after a prefix", "", `{"messages":[{"content":"aaa aaa aaa yyc ` + filler + `"},{"content":"` + tag(6) + filler + `"}]}`, "req-000006"},
		{"nobody's", "", `{"messages":[{"content":"ping"}]}`, ""},
		{"nobody's, with filler", "", `{"messages":[{"content":"` + filler + filler + `"}]}`, ""},
		{"nothing", "", ``, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, who.identify(row.id, []byte(row.body)))
		})
	}
}

// Of requests with equal texts the one under way with the fewest attempts gets the
// attempt.
func TestIdentifyEqualTexts(t *testing.T) {
	who, tag := identified(t)
	body := []byte(`{"messages":[{"content":"` + tag(3) + `"}]}`)
	require.Equal(t, tag(3), tag(4))
	require.Equal(t, "req-000003", who.identify("", body))
	require.Equal(t, "req-000004", who.identify("", body))
	require.Equal(t, "req-000003", who.identify("", body), "the retry of one of them")
	who.end(3)
	require.Equal(t, "req-000004", who.identify("", body))
	who.end(4)
	require.Equal(t, "req-000004", who.identify("", body), "of two that are over the later one")
	ids, texts := who.ways()
	require.Zero(t, ids)
	require.Equal(t, 5, texts)
}

// A request that has not arrived yet has no attempts.
func TestIdentifyWaitsForTheArrival(t *testing.T) {
	who, tag := identified(t)
	who.origin = time.Now().Add(-3500 * time.Microsecond)
	who.plan.Arrivals[4] = time.Hour
	who.end(3)
	require.Equal(t, "req-000003", who.identify("", []byte(`"`+tag(3)+`"`)))
}
