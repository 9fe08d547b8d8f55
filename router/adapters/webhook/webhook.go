package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// The bounds of a webhook.
const (
	Tries   = 6                // of one message; the last some two minutes after the first
	Queue   = 1024             // messages that wait
	Timeout = 10 * time.Second // of a try

	firstWait = 4 * time.Second // before the second try; twice as long before each further one
)

// Config is where messages go.
type Config struct {
	URL       string            // absolute
	Secret    string            // of the signatures; not empty
	Transport http.RoundTripper // nil is http.DefaultTransport
	Log       *slog.Logger      // of what could not be delivered; nil discards
	Seed      uint64            // of ids and of the jitter of waits
}

// Webhook implements audit.AlertSink and audit.JobSink. Make it with [New]; it is safe
// for concurrent use, and is to be closed.
type Webhook struct {
	config Config
	nth    atomic.Int64 // message, from 1 on
	queue  chan message
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// New starts a webhook.
func New(c Config) *Webhook {
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &Webhook{config: c, queue: make(chan message, Queue), cancel: cancel}
	w.done.Go(func() { w.run(ctx) })
	return w
}

// Alert implements audit.AlertSink. It never waits.
func (w *Webhook) Alert(a audit.Alert) {
	id := w.id("alert", a.Endpoint+a.Signal+a.Burn, a.Target)
	state := "raised"
	if a.Cleared {
		state = "cleared"
	}
	w.send(message{what: "an alert", id: id, about: []any{"target", a.Target, "endpoint", a.Endpoint}}, alertBody{
		id, a.Target, a.Endpoint, a.Signal, a.Burn, state, a.At.UTC(), a.Since.UTC(), a.Rate, a.Samples,
	})
}

// Job implements audit.JobSink. It never waits.
func (w *Webhook) Job(j audit.JobOver) {
	id, state := w.id("job", j.ID, ""), "dead"
	if j.Done {
		state = "done"
	}
	w.send(message{what: "the end of a job", id: id, about: []any{"job", j.ID}}, jobBody{
		id, j.ID, state, j.Reason, j.RequestID, j.Tenant, j.Task, j.Route, j.Tries, j.Finished.UTC(),
	})
}

func (w *Webhook) id(kind, a, b string) string {
	return strconv.FormatUint(keyed.Hash(w.config.Seed, kind, a, b, int(w.nth.Add(1))), 16)
}

// send has a message delivered, unless too many wait.
func (w *Webhook) send(m message, body any) {
	m.body, _ = json.Marshal(body) // strings, times and finite numbers: cannot fail
	select {
	case w.queue <- m:
	default:
		w.config.Log.Error(m.what+" was dropped: too many wait for the webhook", m.about...)
	}
}

// Close ends the try under way, drops what waits, and returns when all has ended.
// Safe to call more than once.
func (w *Webhook) Close() {
	w.cancel()
	w.done.Wait()
}

func (w *Webhook) run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case m := <-w.queue:
			if ctx.Err() == nil { // both may be ready
				w.deliver(ctx, m)
			}
		}
	}
}

// message is what waits to be delivered.
type message struct {
	what  string // in the log
	id    string
	about []any // of the log's line
	body  []byte
}

// jobBody is the end of a job as it is sent.
type jobBody struct {
	ID         string    `json:"id"`
	Job        string    `json:"job"`
	Status     string    `json:"status"`
	Reason     string    `json:"reason,omitempty"`
	RequestID  string    `json:"request_id"`
	Tenant     string    `json:"tenant,omitempty"`
	Task       string    `json:"task,omitempty"`
	Model      string    `json:"model"`
	Tries      int       `json:"tries"`
	FinishedAt time.Time `json:"finished_at"`
}

// alertBody is an alert as it is sent.
type alertBody struct {
	ID       string    `json:"id"`
	Target   string    `json:"target"`
	Endpoint string    `json:"endpoint"`
	Signal   string    `json:"signal"`
	Burn     string    `json:"burn"`
	State    string    `json:"state"`
	At       time.Time `json:"at"`
	Since    time.Time `json:"since"`
	Rate     float64   `json:"rate"`
	Samples  int       `json:"samples"`
}

// deliver tries a message until it is taken, or until it is no use.
func (w *Webhook) deliver(ctx context.Context, m message) {
	wait := firstWait
	for try := range Tries {
		status, err := w.try(ctx, m.body)
		if err == nil && status/100 == 2 || ctx.Err() != nil {
			return
		}
		lost := err == nil && status/100 != 5 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
		if lost || try+1 == Tries {
			// The error may hold the URL, and that a token: its text stays out of the log.
			w.config.Log.Error(m.what+" was not delivered", append(m.about, "id", m.id, "tries", try+1, "status", status)...)
			return
		}
		if !sleep(ctx, wait/2+keyed.Share(keyed.Hash(w.config.Seed, "wait", m.id, "", try), wait/2)) {
			return
		}
		wait *= 2
	}
}

// try makes one; status is 0 without an answer.
func (w *Webhook) try(ctx context.Context, body []byte) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "routedrill")
	q.Header.Set("X-Routedrill-Timestamp", at)
	q.Header.Set("X-Routedrill-Signature", Signature(w.config.Secret, at, body))
	res, err := w.config.Transport.RoundTrip(q)
	if err != nil {
		return 0, err
	}
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection can be used again
	_ = res.Body.Close()
	return res.StatusCode, nil
}

// Signature is the X-Routedrill-Signature of a body at a timestamp.
func Signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// sleep reports whether the time passed before the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
