package scenarios

import (
	"os"
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
		"capacity": d.capacityFields(&Capacity{}), "quotas": d.quotaFields(&Quotas{}),
		"load": d.loadFields(&Traffic{}), "stage": d.stageFields(&Stage{}, &rate), "spike": d.spikeFields(&Spike{}),
		"trace": d.traceFields(&Trace{}), "task": d.taskFields(&Task{}), "client": d.clientFields(&Client{}),
		"event": d.eventFields(&Event{}), "fault": d.faultFields(&Fault{}), "ramp": d.rampFields(&Ramp{}),
		"flap": d.flapFields(&Flap{}), "policy": d.policyFields(&Policy{}), "gate": d.gateFields(&Gate{}),
	}
}

var tableKey = regexp.MustCompile("^\\| `([a-z0-9_]+)` \\|")

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

// TestReferenceCoversTheV1Fixture: the fixture promises to use every key.
func TestReferenceCoversTheV1Fixture(t *testing.T) {
	data, err := os.ReadFile("testdata/good-v1.yaml")
	require.NoError(t, err)
	for name, fields := range grammar() {
		for _, f := range fields {
			if name == "trace" || f.key == "trace" || name == "policy" {
				continue // a load has one source; good-v1-trace.yaml has the other
			}
			require.Regexp(t, `(^|[\s{])`+f.key+`:`, string(data), "%s.%s", name, f.key)
		}
	}
}
