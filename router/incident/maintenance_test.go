package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/incident"
)

// Maintenance is told of before it begins, while it goes on, and not after; what begins
// to fail within it is marked.
func TestMaintenance(t *testing.T) {
	window := func(targets ...string) incident.Window {
		return incident.Window{From: at(3600), To: at(7200), Targets: targets, Text: "We move to a new region."}
	}
	names := incident.Names{
		Providers: map[string]string{"a": "AI service A"}, Routes: map[string]string{"smart": "Chat"}, Tasks: map[string]string{"faq": "Questions"},
	}
	for _, tt := range []struct {
		name    string
		windows []incident.Window
		sec     float64 // when it is asked
		opens   float64 // when the breaker of a/big opens; 0: never
		state   string
		planned int
		marked  bool
		says    string
	}{
		{"long before", []incident.Window{window("a")}, 3600 - 73*3600, 0, incident.OK, 0, false, "All AI features are working."},
		{
			"before", []incident.Window{window("a")}, 0, 0, incident.OK, 1, false,
			"All AI features are working. Planned maintenance of AI service A from 2026-03-04 13:00 UTC to 2026-03-04 14:00 UTC: some requests may fail or take longer then. We move to a new region.",
		},
		{
			"meanwhile", []incident.Window{window("a/big", "a/small")}, 3600, 0, incident.Maintained, 1, false,
			"Planned maintenance of AI service A until 2026-03-04 14:00 UTC: some requests may fail or take longer. We move to a new region.",
		},
		{"after", []incident.Window{window("a")}, 7200, 0, incident.OK, 0, false, "All AI features are working."},
		{"it fails as planned", []incident.Window{window("a")}, 3700, 3650, incident.Partial, 1, true, "AI service A has had problems since 2026-03-04 13:00 UTC."},
		{"all is maintained", []incident.Window{window()}, 3700, 3650, incident.Partial, 1, true, "Planned maintenance of all AI features until"},
		{"it fails before", []incident.Window{window("a")}, 3700, 3550, incident.Partial, 1, false, "AI service A has had problems since"},
		{"another is maintained", []incident.Window{window("b", "a/small")}, 3700, 3650, incident.Partial, 1, false, "Planned maintenance of b, AI service A until"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := stage(t, incident.Config{Names: names, Maintenance: tt.windows})
			if tt.opens > 0 {
				s.opens(tt.opens, "a/big")
				require.Equal(t, tt.marked, s.one(tt.sec).Maintenance)
				text, err := s.PostMortem(at(tt.sec), s.one(tt.sec).ID, "")
				require.NoError(t, err)
				if tt.marked {
					require.Contains(t, text, "| maintenance | it began within a window that was announced |")
				} else {
					require.NotContains(t, text, "announced")
				}
			}
			status, err := s.Status(at(tt.sec), "en")
			require.NoError(t, err)
			require.Equal(t, tt.state, status.State)
			require.Len(t, status.Maintenance, tt.planned)
			require.Contains(t, status.Message, tt.says)
			if tt.opens > 0 {
				require.Equal(t, tt.marked, status.Incidents[0].Maintenance)
				require.Equal(t, []string{"Chat"}, status.Incidents[0].Routes)
			}
		})
	}
}

// A change of the config keeps the incidents, and one that is wrong changes nothing.
func TestChange(t *testing.T) {
	s := stage(t, incident.Config{})
	s.opens(0, "a/big")
	require.NoError(t, s.Change(incident.Config{
		Names: incident.Names{Providers: map[string]string{"a": "AI service A"}}, Language: "id", Maintenance: []incident.Window{{From: at(0), To: at(60)}},
	}))
	require.ErrorContains(t, s.Change(incident.Config{Language: "xx"}), "no words for the language")
	status, err := s.Status(at(1), "")
	require.NoError(t, err)
	require.Equal(t, "id", status.Language)
	require.Equal(t, "AI service A", status.Incidents[0].Service)
	require.Len(t, status.Maintenance, 1)
	status, err = s.Status(at(0).Add(time.Hour), "")
	require.NoError(t, err)
	require.Empty(t, status.Maintenance)
}
