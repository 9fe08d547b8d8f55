package router_test

import (
	"encoding/json"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// told keeps alerts.
type told struct {
	mu   sync.Mutex
	list []audit.Alert
}

func (a *told) Alert(x audit.Alert) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, x)
}

// What was spent stands under each name it was spent on, and only operators see it.
func TestSpending(t *testing.T) {
	bubble(t, func(t *testing.T) { // which begins at midnight of UTC
		g := newRig(t, map[string][]step{"a": {ok(), answer(503, "{}")}, "b": {ok()}})
		began := time.Now()
		q := post(t.Context(), "/v1/chat/completions", budgeted)
		q.Header.Set("X-Routedrill-Task", "mail")
		q.Header.Set("X-Routedrill-Tenant", "acme")
		g.do(q)
		time.Sleep(time.Minute)
		g.do(post(t.Context(), "/v1/chat/completions", budgeted))
		w := httptest.NewRecorder()
		g.Admin().ServeHTTP(w, httptest.NewRequest("GET", "/spending", nil))
		var s router.Spending
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &s))
		first := func(name string) router.SpendingRow {
			return router.SpendingRow{Name: name, TotalUSD: 540e-6, HourUSD: 540e-6, DayUSD: 540e-6}
		}
		second := func(name string) router.SpendingRow {
			row := first(name)
			row.MinuteUSD = 540e-6
			return row
		}
		both := func(name string) []router.SpendingRow {
			return []router.SpendingRow{{Name: name, TotalUSD: 1080e-6, MinuteUSD: 540e-6, HourUSD: 1080e-6, DayUSD: 1080e-6}}
		}
		require.Equal(t, router.Spending{
			Since: began.UTC(), Providers: []router.SpendingRow{first("a"), second("b")}, Models: both("m"), Routes: both("smart"),
			Tasks: []router.SpendingRow{second(""), first("mail")}, Tenants: []router.SpendingRow{second(""), first("acme")},
		}, s)
	})
}

// Three times the spend reaches whoever is told of alerts within two minutes, once.
func TestSpendJump(t *testing.T) {
	for _, row := range []struct {
		name   string
		alerts bool
		times  int // as much, after an hour and a bit
		want   int
	}{{"three times", true, 3, 1}, {"as ever", true, 1, 0}, {"alerts are off", false, 3, 0}} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var alerts told
				g := newRigWith(t, map[string][]step{"a": {ok()}}, []router.Option{router.WithAlerts(&alerts)}, func(c *router.Config) {
					if row.alerts {
						c.Health.Alerts = router.DefaultAlerts()
					}
				})
				defer g.Close()
				send := func(d, every time.Duration) {
					for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(every) {
						g.do(post(t.Context(), "/v1/chat/completions", budgeted))
					}
				}
				send(75*time.Minute+20*time.Second, 3*time.Second+7*time.Microsecond)
				began := time.Now()
				send(10*time.Minute, (3*time.Second+7*time.Microsecond)/time.Duration(row.times))
				require.Len(t, alerts.list, row.want)
				for _, a := range alerts.list {
					require.Equal(t, audit.SignalSpend, a.Signal)
					require.LessOrEqual(t, a.At.Sub(began), 2*time.Minute)
					require.Greater(t, a.Rate, 2.0)
					require.Empty(t, a.Target)
				}
			})
		})
	}
}
