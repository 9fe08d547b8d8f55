package requestlog_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// FuzzRead reads anything: no panic, errors of our own, and what is accepted
// keeps the promises of Read.
func FuzzRead(f *testing.F) {
	f.Add([]byte(ownHeader + ",ttft_ms,stream\n2025-03-01T10:00:00Z,a,m,200,2500,600,180,700,true\n1e9,a,m,0,1,1,1,,\n"))
	f.Add([]byte(`{"startTime":1e9,"endTime":"2025-03-01 10:00:00","model":"m","prompt_tokens":1.0,"completion_tokens":"2","metadata":{"error_information":{"error_code":429}}}`))
	f.Add([]byte("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,600,180\n"))
	f.Add([]byte("\ufeff created_at , model_permaslug,provider_name,tokens_prompt,tokens_completion,generation_time_ms\n\"a\nb\",c"))
	f.Add([]byte(`{"type":"GENERATION","startTime":1,"endTime":2,"model":"m","usageDetails":{"input":1},"usage":"{\"input\":2}"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := requestlog.Read(bytes.NewReader(data), requestlog.Auto)
		if err != nil {
			var own *requestlog.Error
			if !errors.As(err, &own) || log != nil {
				t.Fatalf("%v beside %v", err, log)
			}
			return
		}
		if len(log.Rows) == 0 || log.Rows[0].At != 0 {
			t.Fatal("no rows, or the first at a wrong instant")
		}
		for i, r := range log.Rows {
			switch {
			case i > 0 && r.At < log.Rows[i-1].At, r.At > 31*24*time.Hour:
				t.Fatalf("row %d is at %s", i, r.At)
			case r.Provider == "" || r.Model == "" || r.Endpoint == "":
				t.Fatalf("row %d names no target", i)
			case r.Latency < 0 || r.Latency > 48*time.Hour || r.TTFT < 0 || r.TTFT > r.Latency && r.Latency > 0:
				t.Fatalf("row %d took %s and %s", i, r.Latency, r.TTFT)
			case r.PromptTokens < 0 || r.OutputTokens < 0 || r.MaxTokens < 0 || r.CostUSD < 0:
				t.Fatalf("row %d has sizes below zero", i)
			case r.Status != 0 && (r.Status < 100 || r.Status > 599):
				t.Fatalf("row %d has status %d", i, r.Status)
			}
		}
	})
}
