package router_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
)

const (
	traceID  = "0af7651916cd43dd8448eb211c80319c"
	parentID = "b7ad6b7169203331"
)

func TestTraces(t *testing.T) {
	for _, tt := range []struct {
		name    string
		header  []string
		goesOn  bool // with the client's trace
		sampled bool
	}{
		{"the client's, recorded", []string{"00-" + traceID + "-" + parentID + "-01"}, true, true},
		{"the client's, not recorded", []string{"00-" + traceID + "-" + parentID + "-00"}, true, false},
		{"of a later version", []string{"01-" + traceID + "-" + parentID + "-03-more"}, true, true},
		{"none", nil, false, true},
		{"two of them", []string{"00-" + traceID + "-" + parentID + "-01", "00-" + traceID + "-" + parentID + "-01"}, false, true},
		{"no trace", []string{"00-" + strings.Repeat("0", 32) + "-" + parentID + "-01"}, false, true},
		{"no span", []string{"00-" + traceID + "-" + strings.Repeat("0", 16) + "-01"}, false, true},
		{"capitals", []string{"00-" + strings.ToUpper(traceID) + "-" + parentID + "-01"}, false, true},
		{"a version that is none", []string{"ff-" + traceID + "-" + parentID + "-01"}, false, true},
		{"more than version 00 has", []string{"00-" + traceID + "-" + parentID + "-01-more"}, false, true},
		{"no hexadecimal digits", []string{"00-" + traceID + "-" + parentID + "-0g"}, false, true},
		{"too short", []string{"00-" + traceID}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRigWith(t, map[string][]step{"a": {answer(503, "{}")}, "b": {ok()}}, []router.Option{router.WithTraces(func([16]byte) bool { return true })})
				q := chat(t.Context(), "smart", false)
				q.Header["Traceparent"] = tt.header
				require.Equal(t, 200, g.do(q).Code)
				r := g.log.last(t)
				id := hex.EncodeToString(r.Trace.ID[:])
				if tt.goesOn {
					require.Equal(t, traceID, id)
					require.Equal(t, parentID, hex.EncodeToString(r.Trace.Parent[:]))
				} else {
					require.NotEqual(t, traceID, id)
					require.NotZero(t, r.Trace.ID)
					require.Zero(t, r.Trace.Parent)
				}
				require.Equal(t, tt.sampled, r.Trace.Sampled)
				require.False(t, r.Ready.Before(r.Start))
				seen := map[[8]byte]bool{r.Trace.Span: true, r.Trace.Parent: true}
				require.Len(t, r.Attempts, 3) // a twice
				for i, a := range r.Attempts {
					require.False(t, seen[a.Span], "each span has an id of its own")
					seen[a.Span] = true
					flags := map[bool]string{true: "-01", false: "-00"}[tt.sampled]
					require.Equal(t, []string{"00-" + id + "-" + hex.EncodeToString(a.Span[:]) + flags}, g.fakes.seen[i].Header["Traceparent"])
				}
			})
		})
	}
	t.Run("off", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {ok()}})
			q := chat(t.Context(), "smart", false)
			q.Header.Set("Traceparent", "00-"+traceID+"-"+parentID+"-01")
			require.Equal(t, 200, g.do(q).Code)
			require.Zero(t, g.log.last(t).Trace)
			require.Zero(t, g.log.last(t).Attempts[0].Span)
			require.NotContains(t, g.fakes.seen[0].Header, "Traceparent", "providers are told nothing of the client's")
		})
	})
	t.Run("ids differ though requests have the same", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			g := newRigWith(t, map[string][]step{"a": {ok()}}, []router.Option{router.WithTraces(func([16]byte) bool { return false })})
			seen := map[[16]byte]bool{}
			for range 10 {
				require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
				seen[g.log.last(t).Trace.ID] = true
				require.False(t, g.log.last(t).Trace.Sampled)
			}
			require.Len(t, seen, 10)
		})
	})
}
