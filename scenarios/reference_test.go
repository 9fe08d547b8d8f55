package scenarios

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

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
		"event":   d.eventFields(&Event{}), "fault": d.faultFields(&Fault{}), "ramp": d.rampFields(&Ramp{}),
		"distribution": d.distFields(&given{}, nil), "part": d.partFields(&Part{}),
		"flap": d.flapFields(&Flap{}), "policy": d.policyFields(&Policy{}), "gate": d.gateFields(&Gate{}),
		"project": d.projectFields(&Project{}),
	}
}

var tableKey = regexp.MustCompile("^\\| `([a-z0-9_.]+)` \\|")

// TestReferenceListsEveryKey holds the tables of README.md against the
// decoder, in both directions and in order.
func TestReferenceListsEveryKey(t *testing.T) {
	data, err := os.ReadFile("README.md")
	require.NoError(t, err)
	documented := map[string][]string{}
	section := ""
	for line := range strings.Lines(string(data)) {
		if heading, found := strings.CutPrefix(line, "## "); found {
			section = strings.TrimSpace(heading)
		}
		if m := tableKey.FindStringSubmatch(line); m != nil {
			documented[section] = append(documented[section], m[1])
		}
	}
	for name, fields := range grammar() {
		require.Equal(t, fieldNames(fields), documented[name], "the table of %q", name)
		delete(documented, name)
	}
	require.Empty(t, documented, "tables of what the language does not have")
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
