package router_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

var crowd = flag.Int("crowd", 20_000, "requests of TestBudgetHoldsForAMillion")

// What an attempt of the crowd reserves, in micro-USD, at a and at b, which is twice as
// dear: a token to each of 67 bytes and 50 of output, and one for what is rounded.
var reserves = map[string]int64{"a": 535, "b": 1069}

// TestBudgetHoldsForAMillion sends requests from 2,500 clients at once, each of which
// asks again soon after it was answered or refused; one of five fails at the
// first target and is paid for at the fallback. The provider counts what it bills,
// and what is under way with it, by itself.
func TestBudgetHoldsForAMillion(t *testing.T) {
	const clients = 2500
	limit := min(40_000_000, int64(*crowd)*125) // micro-USD a minute: about half of what would be spent
	for _, row := range []struct {
		name   string
		prompt int64 // tokens that a provider counts
	}{
		{"no answer costs more than was reserved", 60},
		{"every answer costs half as much again", 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := &tollgate{prompt: row.prompt, minutes: map[int64]*minute{}}
				booked := &booksOf{}
				c := config()
				c.Providers[1].Models[0].Price = router.Price{InputNano: 4000, CachedInputNano: 1000, OutputNano: 16000}
				c.Budgets = []router.Budget{{Name: "b", Per: router.PerMinute, LimitMicroUSD: limit}}
				r, err := router.New(c, router.WithTransport(p), router.WithAudit(booked), router.WithSeed(1))
				require.NoError(t, err)
				var next, refused atomic.Int64
				var wg sync.WaitGroup
				for i := range clients {
					wg.Go(func() {
						time.Sleep(keyed.Share(keyed.Hash(1, "begin", strconv.Itoa(i), "", 0), time.Second))
						for {
							n := next.Add(1)
							if n > int64(*crowd) {
								return
							}
							q := post(t.Context(), "/v1/chat/completions", budgeted)
							id := fmt.Sprint("crowd-", n)
							q.Header.Set("X-Client-Request-Id", id)
							w := httptest.NewRecorder()
							pause := 100 * time.Millisecond
							if r.ServeHTTP(w, q); w.Code == http.StatusTooManyRequests {
								refused.Add(1)
								pause = 2 * time.Second
							}
							time.Sleep(keyed.Share(keyed.Hash(1, "pause", id, "", 0), pause))
						}
					})
				}
				wg.Wait()
				billed, over, spent := int64(0), int64(0), 0
				for _, m := range p.minutes {
					billed += m.billed
					over = max(over, m.billed-limit)
					if m.billed > limit-2000*reserves["b"] {
						spent++
					}
					require.LessOrEqual(t, m.billed-limit, m.heldAtLast, "beyond the limit by no more than the reservations in flight")
				}
				require.Equal(t, billed, booked.micro.Load(), "the ledger is the bill")
				require.GreaterOrEqual(t, p.most, 2000, "in flight at once")
				if row.prompt <= int64(len(budgeted)) {
					require.LessOrEqual(t, over, int64(0))
				} else {
					require.Positive(t, over, "or the bound was not put to the test")
				}
				require.Positive(t, spent, "or there was no limit to hold")
				require.Positive(t, refused.Load())
				t.Logf("%d requests, at most %d attempts in flight, %d fallbacks, %d requests refused; %d minutes, of which %d used up; %d µUSD at most beyond the limit of %d",
					*crowd, p.most, booked.fallbacks.Load(), refused.Load(), len(p.minutes), spent, max(0, over), limit)
			})
		})
	}
}

// tollgate is both providers: it takes about a second over each request, and keeps
// the books of the minutes in which they arrived.
type tollgate struct {
	prompt int64 // tokens it counts

	mu      sync.Mutex
	under   int // way, at once
	most    int
	minutes map[int64]*minute
}

// minute is what arrived in one, in micro-USD: what it has cost, what is reserved for
// the rest, and what was when the last attempt of the minute was let in.
type minute struct{ billed, held, heldAtLast int64 }

func (p *tollgate) RoundTrip(q *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, q.Body)
	host, _, _ := strings.Cut(q.URL.Host, ".")
	h := keyed.Hash(2, "answer", q.Header.Get("X-Client-Request-Id"), host, 0)
	nth := time.Now().Unix() / 60
	p.mu.Lock()
	m := p.minutes[nth]
	if m == nil {
		m = &minute{}
		p.minutes[nth] = m
	}
	m.held += reserves[host]
	m.heldAtLast = m.held
	p.under++
	p.most = max(p.most, p.under)
	p.mu.Unlock()

	err := wait(q.Context(), 900*time.Millisecond+keyed.Share(h, 200*time.Millisecond))
	fails := host == "a" && h%5 == 0
	cost := (p.prompt*2000 + 50*8000) / 1000
	if host == "b" {
		cost *= 2
	}
	if fails || err != nil {
		cost = 0
	}
	p.mu.Lock()
	m.held -= reserves[host]
	m.billed += cost
	p.under--
	p.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case fails:
		return answer(503, "{}")(q)
	}
	return answer(200, `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi there"},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":`+strconv.FormatInt(p.prompt, 10)+`,"completion_tokens":50}}`)(q)
}

// booksOf adds up what the router has booked.
type booksOf struct{ micro, fallbacks atomic.Int64 }

func (b *booksOf) Request(r *audit.Record) {
	for _, a := range r.Attempts {
		b.micro.Add(a.CostMicroUSD)
		if a.Provider != "a" {
			b.fallbacks.Add(1)
		}
	}
}

func (*booksOf) Breaker(audit.BreakerEvent) {}
