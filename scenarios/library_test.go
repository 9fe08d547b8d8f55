package scenarios_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

// libraryOptions gives a scenario of the library what it asks its user for.
func libraryOptions(name string) scenarios.Options {
	if name == "azure-conversation-trace" {
		return scenarios.Options{Set: []string{"load.trace.file=conv.csv"}}
	}
	return scenarios.Options{}
}

func TestLibraryLoads(t *testing.T) {
	for _, summary := range scenarios.List() {
		if slices.Contains([]string{"conduct", "incidents", "keep-serving", "patterns", "policies", "wall"}, summary.Group) {
			continue // they take the words for all faults and policies, so sim's tests load and run them
		}
		t.Run(summary.Name, func(t *testing.T) {
			s, err := scenarios.Load(summary.Name, libraryOptions(summary.Name), words())
			require.NoError(t, err)
			require.Equal(t, summary.Name, s.Name, "the file is named after the scenario")
			require.Equal(t, summary.Summary, s.Summary)
			require.Equal(t, summary.Duration, s.Duration)
			require.NotEmpty(t, s.Summary)
			require.NotEmpty(t, s.Policies)
			require.NotEmpty(t, s.Thresholds)
		})
	}
}

func TestLibraryListsItsParts(t *testing.T) {
	var names []string
	for _, s := range scenarios.List() {
		if s.Group == "" {
			names = append(names, s.Name)
		}
	}
	require.Equal(t, []string{
		"azure-conversation-trace", "flapping-primary", "steady",
	}, names)
	worlds := scenarios.Worlds()
	require.Len(t, worlds, 5)
	for i, name := range []string{"chat-pair", "open-market", "primary-and-fallback", "three-providers", "tight-trio"} {
		require.Equal(t, name, worlds[i].Name)
		require.Equal(t, "worlds", worlds[i].Group)
		require.NotEmpty(t, worlds[i].Summary)
	}
}

func TestLibraryIncidentKeepsTheDocumentedTimes(t *testing.T) {
	s, err := scenarios.Load("openai-2024-12-11", scenarios.Options{}, words())
	require.NoError(t, err)
	at := func(d time.Duration) string { return s.Start.Add(d).Format(time.RFC3339) }
	outage, tail := s.Timeline[0], s.Timeline[1]
	require.Equal(t, "2024-12-11T23:16:00Z", at(outage.At))
	require.Equal(t, "2024-12-12T01:36:00Z", at(outage.At+outage.For))
	require.Equal(t, "2024-12-12T01:36:00Z", at(tail.At))
	require.Equal(t, "2024-12-12T03:38:00Z", at(tail.At+tail.For))
	require.Equal(t, "https://status.openai.com/incidents/ctrsv3lwd797", s.Source)
	require.Equal(t, []string{"single-provider"}, s.Gate.Except)
}

func TestLibraryTraceTellsHowToGetIt(t *testing.T) {
	_, err := scenarios.Load("azure-conversation-trace", scenarios.Options{}, words())
	require.ErrorContains(t, err, "--set load.trace.file=PATH")
	require.ErrorContains(t, err, "github.com/Azure/AzurePublicDataset")
}

func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		want          []string
		fails         string
	}{
		{"name", "steady", []string{"steady"}, ""},
		{"glob", "openai-2024-12*", []string{"openai-2024-12-04-a", "openai-2024-12-04-b", "openai-2024-12-11", "openai-2024-12-26"}, ""},
		{"group", "conduct/conduct-s[ts]*", []string{"conduct-stall", "conduct-status", "conduct-stream-error"}, ""},
		{"group that does not exist", "conducts/*", []string{"conducts/*"}, ""}, // a path, which will not be found
		{"path", "./any/where.yaml", []string{"./any/where.yaml"}, ""},
		{"file", "where.yml", []string{"where.yml"}, ""},
		{"misspelt", "stedy", nil, `the library has no scenario "stedy" (did you mean "steady"?)`},
		{"empty glob", "zz*", nil, `the library has no scenario "zz*"`},
		{"broken glob", "[", nil, "is not a pattern"},
		{"a world", "three-providers", nil, "the library has no scenario"},
		{"nothing", "", nil, "the library has no scenario"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := scenarios.Expand(c.pattern)
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestSource(t *testing.T) {
	data, err := scenarios.Source("three-providers")
	require.NoError(t, err)
	require.Contains(t, string(data), "ASSUMPTION")
	_, err = scenarios.Source("stead")
	require.ErrorContains(t, err, `did you mean "steady"?`)
}
