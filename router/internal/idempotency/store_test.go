package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/idempotency"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func store(t *testing.T, entries int) *idempotency.Store {
	t.Helper()
	s, err := idempotency.New(entries, 800, time.Minute)
	require.NoError(t, err)
	return s
}

func TestOnceThenReplayed(t *testing.T) {
	s := store(t, 10)
	call, verdict := s.Begin(start, "tenant", "k", []byte("body"))
	require.Equal(t, idempotency.Lead, verdict)
	answer := &idempotency.Answer{Status: 200, Body: []byte("done")}
	call.Finish(start, answer)

	for name, row := range map[string]struct {
		at          time.Duration
		scope, key  string
		body        string
		want        idempotency.Verdict
		leavesAlone bool
	}{
		"the same":            {0, "tenant", "k", "body", idempotency.Replay, true},
		"until it expires":    {time.Minute - 1, "tenant", "k", "body", idempotency.Replay, true},
		"another body":        {0, "tenant", "k", "other", idempotency.Conflict, true},
		"another tenant":      {0, "tenant2", "k", "body", idempotency.Lead, false},
		"another key":         {0, "tenant", "k2", "body", idempotency.Lead, false},
		"no tricks with both": {0, "tenan", "tk", "body", idempotency.Lead, false},
	} {
		t.Run(name, func(t *testing.T) {
			call, verdict := s.Begin(start.Add(row.at), row.scope, row.key, []byte(row.body))
			require.Equal(t, row.want, verdict)
			if verdict == idempotency.Replay {
				require.Same(t, answer, call.Answer)
			}
			if verdict == idempotency.Lead {
				call.Finish(start, nil)
			}
		})
	}
	_, verdict = s.Begin(start.Add(time.Minute), "tenant", "k", []byte("other"))
	require.Equal(t, idempotency.Lead, verdict, "expired, so the key is free")
}

func TestFailuresAndGiantsAreNotKept(t *testing.T) {
	s := store(t, 10)
	for name, answer := range map[string]*idempotency.Answer{"failure": nil, "giant": {Body: make([]byte, 101)}} {
		for range 2 {
			call, verdict := s.Begin(start, "", name, nil)
			require.Equal(t, idempotency.Lead, verdict, name)
			call.Finish(start, answer)
		}
	}
}

func TestTheOldestGoesFirst(t *testing.T) {
	s := store(t, 2)
	for i := range 3 {
		call, _ := s.Begin(start, "", fmt.Sprint(i), nil)
		call.Finish(start, &idempotency.Answer{Status: 200})
		if i == 1 { // a replay makes an answer no younger
			_, verdict := s.Begin(start, "", "0", nil)
			require.Equal(t, idempotency.Replay, verdict)
		}
	}
	_, verdict := s.Begin(start, "", "1", nil)
	require.Equal(t, idempotency.Replay, verdict)
	_, verdict = s.Begin(start, "", "0", nil)
	require.Equal(t, idempotency.Lead, verdict)
}

func TestBytesAreBounded(t *testing.T) {
	s := store(t, 100) // 800 bytes
	for i := range 12 {
		call, _ := s.Begin(start, "", fmt.Sprint(i), nil)
		call.Finish(start, &idempotency.Answer{Status: 200, Body: make([]byte, 100)})
	}
	for i := range 12 {
		call, verdict := s.Begin(start, "", fmt.Sprint(i), nil)
		require.Equal(t, i >= 4, verdict == idempotency.Replay, "the last eight are there: %d", i)
		if verdict == idempotency.Lead {
			call.Finish(start, nil)
		}
	}
}

func TestOthersJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store(t, 10)
		lead, _ := s.Begin(time.Now(), "", "k", []byte("b"))
		_, verdict := s.Begin(time.Now(), "", "k", []byte("other"))
		require.Equal(t, idempotency.Conflict, verdict)
		joined, verdict := s.Begin(time.Now(), "", "k", []byte("b"))
		require.Equal(t, idempotency.Join, verdict)
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(gone)
		_, err := joined.Wait(ctx)
		require.ErrorIs(t, err, gone)
		go func() {
			time.Sleep(time.Second)
			lead.Finish(time.Now(), &idempotency.Answer{Status: 201})
		}()
		began := time.Now()
		answer, err := joined.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 201, answer.Status)
		require.Equal(t, time.Second, time.Since(began))
	})
}

func TestRecorder(t *testing.T) {
	w := httptest.NewRecorder()
	r := idempotency.NewRecorder(w, 10)
	require.Nil(t, r.Answer(), "nothing yet")
	r.Header().Set("X", "1")
	r.WriteHeader(202)
	r.Header().Set("X", "too late")
	_, err := r.Write([]byte("hello"))
	require.NoError(t, err)
	require.Equal(t, &idempotency.Answer{Status: 202, Header: map[string][]string{"X": {"1"}}, Body: []byte("hello")}, r.Answer())
	require.Equal(t, "hello", w.Body.String())
	_, err = r.Write([]byte("world!"))
	require.NoError(t, err)
	require.Nil(t, r.Answer(), "more than the bound")
	require.Equal(t, "helloworld!", w.Body.String(), "the client gets it all")

	r = idempotency.NewRecorder(httptest.NewRecorder(), 10)
	_, err = r.Write([]byte("x"))
	require.NoError(t, err)
	require.Equal(t, 200, r.Answer().Status)
}
