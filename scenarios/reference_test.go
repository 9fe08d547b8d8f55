package scenarios

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"
)

// grammar is every mapping of the language with the keys it may have.
func grammar() map[string][]field {
	d := &decoder{words: &Vocabulary{}}
	rate := 0.0
	return map[string][]field{
		"scenario": d.scenarioFields(&Scenario{}, &World{}), "world": d.worldFields(&World{}),
		"provider": d.providerFields(&Provider{}), "model": d.modelFields(&Model{}), "price": d.priceFields(&Price{}),
		"long_context": d.longFields(&LongPrice{}), "cache": d.cacheFields(&Cache{}), "weather": d.weatherFields(&Weather{}),
		"capacity": d.capacityFields(&Capacity{}), "quotas": d.quotaFields(&Quotas{}),
		"load": d.loadFields(&Traffic{}), "stage": d.stageFields(&Stage{}, &rate), "spike": d.spikeFields(&Spike{}),
		"burst": d.burstFields(&Burst{}),
		"trace": d.traceFields(&Trace{}), "task": d.taskFields(&Task{}), "client": d.clientFields(&Client{}),
		"variety": d.varietyFields(&Variety{}),
		"event":   d.eventFields(&Event{}), "warm": d.warmFields(&Warm{}), "fault": d.faultFields(&Fault{}), "ramp": d.rampFields(&Ramp{}),
		"distribution": d.distFields(&given{}, nil), "part": d.partFields(&Part{}),
		"flap": d.flapFields(&Flap{}), "policy": d.policyFields(&Policy{}), "gate": d.gateFields(&Gate{}),
		"project": d.projectFields(&Project{}),
	}
}

// TestReferenceListsEveryKey holds the reference against the decoder, in both
// directions and in order.
func TestReferenceListsEveryKey(t *testing.T) {
	all := grammar()
	for _, s := range reference {
		var keys []string
		for _, r := range s.rows {
			keys = append(keys, r.key)
		}
		require.Equal(t, fieldNames(all[s.name]), keys, "the section %q of reference_*.go", s.name)
		delete(all, s.name)
	}
	require.Empty(t, all, "mappings that reference_*.go says nothing of")
}

// TestSchemasDescribeEveryKey: what a schema says of a key is not empty, and what
// stands there is not just anything.
func TestSchemasDescribeEveryKey(t *testing.T) {
	word := Vocabulary{Faults: []FaultWord{{Name: "none"}}, Policies: []string{"priority"}}
	for name, s := range map[string]*jsonschema.Schema{"scenario": ScenarioSchema(word), "world": WorldSchema(word), "project": ProjectSchema(word)} {
		all := maps.Clone(s.Definitions)
		all[name] = s
		keys := 0
		for name, s := range all {
			for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
				require.NotEmpty(t, pair.Value.Description, "%s.%s: give it a row in reference_*.go", name, pair.Key)
				bare := *pair.Value
				bare.Description = ""
				text, err := json.Marshal(&bare)
				require.NoError(t, err)
				require.NotContains(t, []string{"true", "{}", `{"anyOf":[]}`}, string(text),
					"%s.%s: its reader says nothing of what it takes, see describe.go", name, pair.Key)
				keys++
			}
		}
		require.Greater(t, keys, 6)
	}
}

var table = regexp.MustCompile(`(?m)^\| key \| value \| default \|\n(\|.*\n)+`)

// TestReadmeHasTheReference: the tables of README.md are the reference's. With
// -update they are written.
func TestReadmeHasTheReference(t *testing.T) {
	data, err := os.ReadFile("README.md")
	require.NoError(t, err)
	parts := strings.Split(string(data), "\n## ")
	for _, s := range reference {
		at := slices.IndexFunc(parts, func(part string) bool { return strings.HasPrefix(part, s.name+"\n") })
		require.GreaterOrEqual(t, at, 0, "README.md has no heading %q", "## "+s.name)
		require.Len(t, table.FindAllString(parts[at], -1), 1, "tables of %q", s.name)
		parts[at] = table.ReplaceAllLiteralString(parts[at], s.table())
	}
	want := strings.Join(parts, "\n## ")
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile("README.md", []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(data), "go test ./scenarios -update writes the tables")
}

// TestReferenceCoversTheV1Fixtures: between them the fixtures use every key. What
// the language learned later has a file of its own, since none is ever changed.
func TestReferenceCoversTheV1Fixtures(t *testing.T) {
	names, err := filepath.Glob("testdata/good-v1*.yaml")
	require.NoError(t, err)
	names = append(names, "testdata/project/good-v1.yaml")
	var data []byte
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		data = append(data, text...)
	}
	for name, fields := range grammar() {
		for _, f := range fields {
			if name == "policy" {
				continue // its other keys are the router's
			}
			require.Regexp(t, `(^|[\s{])`+f.key+`:`, string(data), "%s.%s", name, f.key)
		}
	}
}
