package incident_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
)

// There is one incident for a cause: what a slow burn or a jump of spend tells of an
// outage that is known makes none of its own. Only outages are for clients.
func TestCauses(t *testing.T) {
	slow := func(s scene, sec float64, cleared bool) {
		s.alert(sec, "a/big", audit.SignalErrors, audit.SlowBurn, cleared)
	}
	jump := func(s scene, sec float64) {
		s.Alert(audit.Alert{Signal: audit.SignalSpend, At: at(sec), Since: at(sec - 60), Rate: 3.2})
	}
	for _, tt := range []struct {
		name   string
		tell   func(s scene)
		sec    float64  // when it is asked
		want   []string // kind, provider and phase, the latest first
		public string   // state for clients
	}{
		{"a slow burn", func(s scene) { slow(s, 0, false) }, 60, []string{"slow_burn a investigating"}, incident.OK},
		{"a slow burn that is over", func(s scene) { slow(s, 0, false); slow(s, 600, true) }, 1000, []string{"slow_burn a resolved"}, incident.OK},
		{"a slow burn of an outage", func(s scene) { s.opens(0, "a/big"); slow(s, 60, false) }, 61, []string{"outage a investigating"}, incident.Partial},
		{"a slow burn soon after one", func(s scene) { s.opens(0, "a/big"); s.closes(60, "a/big"); slow(s, 1000, false) }, 1001, []string{"outage a resolved"}, incident.OK},
		{"a slow burn long after one", func(s scene) { s.opens(0, "a/big"); s.closes(60, "a/big"); slow(s, 4000, false) }, 4001, []string{"slow_burn a investigating", "outage a resolved"}, incident.OK},
		{"a slow burn that becomes an outage", func(s scene) { slow(s, 0, false); s.opens(60, "a/big") }, 61, []string{"outage a investigating"}, incident.Partial},
		{"and is over with it", func(s scene) { slow(s, 0, false); s.opens(60, "a/big"); s.closes(90, "a/big") }, 1000, []string{"outage a resolved"}, incident.OK},
		{"a jump of spend", func(s scene) { jump(s, 60) }, 61, []string{"spend  monitoring"}, incident.OK},
		{"a jump, a while ago", func(s scene) { jump(s, 60) }, 1000, []string{"spend  resolved"}, incident.OK},
		{"a jump of an outage", func(s scene) {
			s.opens(0, "a/big")
			s.ask(10, "smart", audit.Served, "b/big")
			jump(s, 60)
		}, 61, []string{"outage a mitigated"}, incident.Partial},
		{"a jump beside an outage that nobody answers", func(s scene) { s.opens(0, "a/small"); jump(s, 60) }, 61, []string{"spend  monitoring", "outage a investigating"}, incident.Full},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t, incident.Config{})
			tt.tell(s)
			var got []string
			for _, i := range s.Incidents(at(tt.sec)) {
				got = append(got, fmt.Sprintf("%s %s %s", i.Kind, i.Provider, i.Phase))
				_, err := s.PostMortem(at(tt.sec), i.ID, "")
				require.NoError(t, err)
			}
			require.Equal(t, tt.want, got)
			status, err := s.Status(at(tt.sec), "")
			require.NoError(t, err)
			require.Equal(t, tt.public, status.State)
		})
	}
	s := stage(t, incident.Config{})
	jump(s, 60)
	text, err := s.PostMortem(at(61), s.one(61).ID, "")
	require.NoError(t, err)
	require.Contains(t, text, "| 2026-03-04 12:01:00 | **The router noticed.** Alert raised: `all targets` (spend, 3.2 × the usual). |")
	require.Equal(t, at(0), s.one(61).Started)
}
