package router_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/policy"
)

// carrier plays two providers, of which the first is at its limit.
type carrier struct{}

func (carrier) RoundTrip(q *http.Request) (*http.Response, error) {
	status, body := http.StatusTooManyRequests, `{"error":{"message":"slow down"}}`
	if q.URL.Host == "api.second.test" {
		status = http.StatusOK
		body = `{"model":"small-2025","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],` +
			`"usage":{"prompt_tokens":12,"completion_tokens":2}}`
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

func ExampleNew() {
	r, err := router.New(router.Config{
		Providers: []router.Provider{
			{Name: "first", BaseURL: "https://api.first.test/v1", Models: []router.Model{{Name: "large"}}},
			{Name: "second", BaseURL: "https://api.second.test/v1", Models: []router.Model{{Name: "small"}}},
		},
		Routes: []router.Route{{Name: "smart", Targets: []string{"first/large", "second/small"}}},
		Policy: router.Policy{Strategy: router.Priority},
	}, router.WithTransport(carrier{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions",
		strings.NewReader(`{"model":"smart","messages":[{"role":"user","content":"Say hello."}]}`))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	fmt.Println(w.Code, "from", w.Header().Get("X-Routedrill-Provider"), "after", w.Header().Get("X-Routedrill-Attempts"), "attempts")
	// Output: 200 from second after 2 attempts
}

func ExampleNew_invalid() {
	_, err := router.New(router.Config{
		Providers: []router.Provider{{Name: "first", BaseURL: "api.first.test", Models: []router.Model{{Name: "large"}}}},
		Routes:    []router.Route{{Name: "smart", Targets: []string{"second/small"}}},
	})
	fmt.Println(err)
	// Output:
	// router: providers.first.base_url: must be an absolute http or https URL without credentials
	// router: routes.smart: target "second/small" is no "provider/model" of providers
}

// printer prints what the router tells.
type printer struct{}

func (printer) Request(r *audit.Record) {
	fmt.Println(r.Route, r.Outcome, r.Status)
	for _, a := range r.Attempts {
		fmt.Println(" ", a.Target, a.Reason, a.CostMicroUSD)
	}
}

func (printer) Breaker(e audit.BreakerEvent) { fmt.Println(e.Target, e.To) }

func ExampleWithAudit() {
	price := router.Price{InputNano: 400, CachedInputNano: 100, OutputNano: 1600}
	r, err := router.New(router.Config{
		Providers: []router.Provider{
			{Name: "first", BaseURL: "https://api.first.test/v1", Models: []router.Model{{Name: "large", Price: price}}},
			{Name: "second", BaseURL: "https://api.second.test/v1", Models: []router.Model{{Name: "small", Price: price}}},
		},
		Routes: []router.Route{{Name: "smart", Targets: []string{"first/large", "second/small"}}},
	}, router.WithTransport(carrier{}), router.WithAudit(printer{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(`{"model":"smart","messages":[]}`))
	r.ServeHTTP(httptest.NewRecorder(), q)
	// Output:
	// smart served 200
	//   first/large rate_limited 0
	//   second/small ok 8
}

func ExampleDefaultResilience() {
	r := router.DefaultResilience()
	r.AttemptTimeout = 5 * time.Second
	fmt.Println(r.TotalTimeout, r.AttemptTimeout, r.MaxAttempts, r.Validate())
	// Output: 2m0s 5s 4 <nil>
}

// pair answers everything, in the words of the model asked.
type pair struct{}

func (pair) RoundTrip(q *http.Request) (*http.Response, error) {
	text := "Hello."
	if q.URL.Host == "api.second.test" {
		text = "As a language model, I can say hello."
	}
	body := `{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + text + `"},"finish_reason":"stop"}]}`
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// All requests are also sent to a second model, and the shorter answer wins.
func ExampleWithEvaluator() {
	found := make(chan string, 1)
	shorter := func(_ context.Context, p *router.Pair) (served, shadow float64, err error) {
		found <- fmt.Sprint(p.Served.Target, " against ", p.Shadow.Target)
		if len(p.Served.Body) < len(p.Shadow.Body) {
			return 1, 0, nil
		}
		return 0, 1, nil
	}
	r, err := router.New(router.Config{
		Providers: []router.Provider{
			{Name: "first", BaseURL: "https://api.first.test/v1", Models: []router.Model{{Name: "large"}}},
			{Name: "second", BaseURL: "https://api.second.test/v1", Models: []router.Model{{Name: "small"}}},
		},
		Routes: []router.Route{{Name: "smart", Targets: []string{"first/large"}, Shadow: &router.Shadow{Target: "second/small", Share: 1, BudgetMicroUSD: 1_000_000}}},
		Policy: router.Policy{Strategy: policy.QualityFirst},
	}, router.WithTransport(pair{}), router.WithEvaluator(shorter))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/chat/completions",
		strings.NewReader(`{"model":"smart","messages":[{"role":"user","content":"Say hello."}]}`)))
	fmt.Println(<-found)
	// Output: first/large against second/small
}
