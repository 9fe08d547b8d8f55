package fakeproviders_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestWholeAnswerComesWithItsLastToken(t *testing.T) {
	in(t, steady(t), func(w *world) {
		c := w.chat(time.Second, "a", "")
		require.Equal(t, http.StatusOK, c.status)
		require.Len(t, c.chunks, 1)
		about(t, 2310*time.Millisecond, c.chunks[0].at)
		e := w.last()
		about(t, 1410*time.Millisecond, e.FirstToken)
		about(t, 100*time.Millisecond, e.TPOT)
		require.Equal(t, time.Second, e.Arrived)
		require.Equal(t, time.Second, e.Started)
		require.Equal(t, c.end, e.Ended)
		require.Equal(t, fakeproviders.EndComplete, e.End)
		require.True(t, e.UsageSent)
		require.Equal(t, 5, e.PromptTokens)
		require.Equal(t, 10, e.OutputTokens)
		require.Equal(t, int64(90), e.BillMicroUSD, "(5×2000 + 10×8000 + 500) ÷ 1000")
		require.Equal(t, "support", e.Task)
	})
}

// Tokens every 100 ms and events at most 250 ms apart: token 0, then 2 tokens
// each.
func TestStreamCoalescesTokens(t *testing.T) {
	in(t, steady(t), func(w *world) {
		c := w.chat(0, "a", stream)
		var at []time.Duration
		var tokens []int
		for _, ch := range c.chunks {
			at = append(at, ch.at.Truncate(time.Millisecond))
			tokens = append(tokens, contentTokens(ch.text))
		}
		require.Equal(t, ms(410, 610, 810, 1010, 1210, 1310), at)
		require.Equal(t, []int{1, 2, 2, 2, 2, 1}, tokens)
		require.Contains(t, c.chunks[0].text, `"role":"assistant"`)
		require.True(t, strings.HasSuffix(c.body(), "data: [DONE]\n\n"))
		require.False(t, w.last().UsageSent, "usage was not asked for")
		about(t, 100*time.Millisecond, w.last().TPOT)
	})
}

// What opens a stream of the Responses API comes as soon as the request is accepted,
// on chat with the first token; both have the same first token.
func TestWhenAStreamOpens(t *testing.T) {
	const responses, body = "/v1/responses", `{"model":"m","stream":true,"input":"abcd abcd abcd abcd"}`
	held := func(kind string, p fault.Values) []fakeproviders.Event {
		return []fakeproviders.Event{event(t, kind, p, 0, 2*time.Second)}
	}
	for name, row := range map[string]struct {
		path, body string
		faults     []fakeproviders.Event
		opens, at  time.Duration // of the first token
		last       string        // event before the silence
	}{
		"chat":      {chatPath, chatBody(stream), nil, 410 * time.Millisecond, 410 * time.Millisecond, "assistant"},
		"responses": {responses, body, nil, 10 * time.Millisecond, 410 * time.Millisecond, "event: response.in_progress"},
		"chat, the first token late": {
			chatPath, chatBody(stream), held("slow_first_token", fault.Values{"add": {Num: 3e9}}), 410 * time.Millisecond, 3410 * time.Millisecond, "assistant",
		},
		"responses, the first token late": {
			responses, body, held("slow_first_token", fault.Values{"add": {Num: 3e9}}), 10 * time.Millisecond, 3410 * time.Millisecond, "event: response.in_progress",
		},
		"responses, silent after the headers": {
			responses, body, held("hang", fault.Values{"from": {Word: "body"}}), 10 * time.Millisecond, 2400 * time.Millisecond, "event: response.in_progress",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := steady(t)
			c.Faults = row.faults
			in(t, c, func(w *world) {
				got := w.post(w.t.Context(), row.path, "a", row.body)
				require.Equal(t, http.StatusOK, got.status)
				about(t, row.opens, got.chunks[0].at)
				require.Contains(t, got.chunks[0].text, row.last)
				first := got.chunks[0]
				if row.at > row.opens {
					require.NotContains(t, first.text, "response.output", "what belongs to a token comes with it")
					first = got.chunks[1]
				}
				require.GreaterOrEqual(t, first.at, row.at)
				require.Less(t, first.at, row.at+20*time.Millisecond)
				require.Equal(t, w.last().FirstToken.Truncate(time.Microsecond), first.at.Truncate(time.Microsecond))
				require.Equal(t, 1, strings.Count(got.body(), "response.created\ndata")+strings.Count(got.body(), `"role":"assistant","content":""`))
			})
		})
	}
}

func TestEventGap(t *testing.T) {
	for name, row := range map[string]struct {
		gap  time.Duration
		want []time.Duration
	}{
		"shorter than a token: one event each": {50 * time.Millisecond, ms(410, 510, 610, 710, 810, 910, 1010, 1110, 1210, 1310)},
		"longer than the answer: two events":   {time.Minute, ms(410, 1310)},
	} {
		t.Run(name, func(t *testing.T) {
			c := steady(t)
			c.MaxEventGap = row.gap
			in(t, c, func(w *world) {
				var at []time.Duration
				for _, ch := range w.chat(0, "a", stream).chunks {
					at = append(at, ch.at.Truncate(time.Millisecond))
				}
				require.Equal(t, row.want, at)
			})
		})
	}
}

// Constant latencies must not make attempts act at one instant.
func TestNoTwoAttemptsActAtOneInstant(t *testing.T) {
	in(t, steady(t), func(w *world) {
		seen := make(map[time.Duration]bool)
		for i := range 5 {
			at := time.Duration(i) * 10 * time.Second
			c := w.chat(at, string(rune('a'+i)), stream)
			for _, ch := range c.chunks {
				require.False(t, seen[ch.at-at], "two attempts act %v after their arrival", ch.at-at)
				seen[ch.at-at] = true
			}
		}
	})
}

// Dither that grew with the answer would make a timer of every wait at zero latency,
// and on a socket a timer is late by up to a millisecond.
func TestTokensThatTakeNoTime(t *testing.T) {
	c := steady(t)
	c.RTT, c.Models[0].TTFT, c.Models[0].ITL = 0, nil, constant(t, 0)
	c.Demand = func(string) (fakeproviders.Demand, bool) { return fakeproviders.Demand{OutputTokens: 800}, true }
	for name, more := range map[string]string{"whole": "", "streamed": stream} {
		t.Run(name, func(t *testing.T) {
			in(t, c, func(w *world) {
				took := w.chat(0, "a", more).end
				require.Positive(t, took, "no hop takes no time")
				require.Less(t, took, 2*time.Microsecond)
				require.Equal(t, 800, w.last().SentTokens)
			})
		})
	}
}

func TestErrorsTakeOneRTT(t *testing.T) {
	in(t, steady(t), func(w *world) {
		c := w.post(w.t.Context(), chatPath, "a", `{"model":"nope"}`)
		about(t, 10*time.Millisecond, c.end)
		require.Equal(t, fakeproviders.EndError, w.last().End)
		require.Equal(t, fakeproviders.Never, w.last().Started)
		require.Equal(t, fakeproviders.Never, w.last().FirstToken)
		require.Zero(t, w.last().BillMicroUSD)
		require.Equal(t, "nope", w.last().Model)
	})
}

func TestEmbeddingsTakeTheTTFT(t *testing.T) {
	in(t, steady(t), func(w *world) {
		c := w.post(w.t.Context(), "/v1/embeddings", "a", `{"model":"m","input":["abcd","abcdefgh"]}`)
		about(t, 410*time.Millisecond, c.end)
		e := w.last()
		require.Equal(t, 3, e.PromptTokens)
		require.Zero(t, e.OutputTokens)
		require.Equal(t, int64(6), e.BillMicroUSD)
		require.True(t, e.UsageSent)
	})
}

// The context bounds each input, not their sum.
func TestEmbeddingsContext(t *testing.T) {
	c := steady(t)
	c.Models[0].Context = 3
	in(t, c, func(w *world) {
		require.Equal(t, http.StatusOK, w.post(w.t.Context(), "/v1/embeddings", "a", `{"model":"m","input":["abcdefgh","abcdefghijkl"]}`).status)
		long := w.post(w.t.Context(), "/v1/embeddings", "b", `{"model":"m","input":["a","abcdefghijklm"]}`)
		require.Equal(t, http.StatusBadRequest, long.status)
		require.Contains(t, long.body(), "context_length_exceeded")
	})
}

// The same request meets the same luck wherever it runs; its second try does not.
func TestDrawsBelongToTheAttempt(t *testing.T) {
	c := steady(t)
	c.Models[0].TTFT = dist(t, 400, 1600)
	var first, second []time.Duration
	in(t, c, func(w *world) {
		for _, id := range []string{"a", "b", "a"} {
			now := w.now()
			first = append(first, w.chat(now, id, "").end-now)
		}
		require.Equal(t, []int{0, 0, 1}, []int{w.journal[0].Nth, w.journal[1].Nth, w.journal[2].Nth})
	})
	in(t, c, func(w *world) {
		for _, id := range []string{"b", "a"} {
			now := w.now()
			second = append(second, w.chat(now, id, "").end-now)
		}
	})
	require.Equal(t, []time.Duration{first[1], first[0]}, second)
	require.NotEqual(t, first[0], first[2])
}

func TestRequestWithoutID(t *testing.T) {
	in(t, steady(t), func(w *world) {
		w.chat(0, "", "")
		w.chat(w.now(), "", "")
		w.chat(w.now(), "", stream)
		require.Equal(t, w.journal[0].RequestID, w.journal[1].RequestID, "the same body")
		require.Equal(t, 1, w.journal[1].Nth)
		require.NotEqual(t, w.journal[0].RequestID, w.journal[2].RequestID)
	})
}

func TestCancellation(t *testing.T) {
	for name, row := range map[string]struct {
		more    string
		after   time.Duration
		prompt  int
		output  int
		started time.Duration
		first   bool
		status  int
		writes  int
	}{
		"before the first token":       {stream, 300 * time.Millisecond, 5, 0, 0, false, 0, 0},
		"stream at its fifth token":    {stream, 850 * time.Millisecond, 5, 5, 0, true, 200, 3},
		"between events":               {stream, 950 * time.Millisecond, 5, 6, 0, true, 200, 3},
		"whole answer at fifth token":  {"", 850 * time.Millisecond, 5, 5, 0, true, 0, 0},
		"whole answer before anything": {"", 5 * time.Millisecond, 5, 0, 0, false, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, steady(t), func(w *world) {
				ctx, cancel := context.WithTimeout(w.t.Context(), row.after)
				defer cancel()
				c := w.post(ctx, chatPath, "a", chatBody(row.more))
				require.Equal(t, row.after, c.end, "the handler ends at once")
				e := w.last()
				require.Equal(t, fakeproviders.EndCancelled, e.End)
				require.Equal(t, row.prompt, e.PromptTokens)
				require.Equal(t, row.output, e.OutputTokens)
				require.Equal(t, 10, e.PlannedOut)
				require.Equal(t, int64(2*row.prompt+8*row.output), e.BillMicroUSD)
				require.Equal(t, row.started, e.Started)
				require.Equal(t, row.first, e.FirstToken != fakeproviders.Never)
				require.Equal(t, row.status, e.Status)
				require.Len(t, c.chunks, row.writes)
				require.False(t, e.UsageSent)
			})
		})
	}
}

func TestCancelledErrorAnswersNothing(t *testing.T) {
	in(t, steady(t), func(w *world) {
		ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Millisecond)
		defer cancel()
		c := w.post(ctx, chatPath, "a", `{}`)
		require.Zero(t, c.status)
		require.Equal(t, fakeproviders.EndCancelled, w.last().End)
		require.Zero(t, w.last().Status)
	})
}

func TestFailingWritesEndTheAttempt(t *testing.T) {
	for name, more := range map[string]string{"stream": stream, "whole": ""} {
		t.Run(name, func(t *testing.T) {
			in(t, steady(t), func(w *world) {
				c := &call{w: w, header: http.Header{}, failing: true}
				w.into(w.t.Context(), c, chatPath, "a", chatBody(more))
				require.Equal(t, fakeproviders.EndCancelled, w.last().End)
				require.False(t, w.last().UsageSent)
				require.NotZero(t, w.last().BillMicroUSD)
			})
		})
	}
}

func TestUsageSentOnStreamsThatAsk(t *testing.T) {
	in(t, steady(t), func(w *world) {
		c := w.chat(0, "a", stream+`,"stream_options":{"include_usage":true}`)
		require.True(t, w.last().UsageSent)
		require.Contains(t, c.body(), `"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":10,"total_tokens":15,`)
	})
}

func TestMaxTokensCuts(t *testing.T) {
	for name, more := range map[string]string{
		"max_tokens": `,"max_tokens":4`, "max_completion_tokens wins": `,"max_completion_tokens":4,"max_tokens":7`,
		"in the other order": `,"max_tokens":7,"max_completion_tokens":4`,
	} {
		t.Run(name, func(t *testing.T) {
			in(t, steady(t), func(w *world) {
				c := w.chat(0, "a", more)
				about(t, 710*time.Millisecond, c.end)
				require.Contains(t, c.body(), `"finish_reason":"length"`)
				require.Equal(t, 4, w.last().OutputTokens)
				require.Equal(t, 4, w.last().PlannedOut)
			})
		})
	}
}
