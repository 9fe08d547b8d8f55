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
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// The bounds of a webhook.
const (
	Tries   = 6                // of one alert; the last some two minutes after the first
	Queue   = 64               // alerts that wait
	Timeout = 10 * time.Second // of a try

	firstWait = 4 * time.Second // before the second try; twice as long before each further one
)

// Config is where alerts go.
type Config struct {
	URL       string            // absolute
	Secret    string            // of the signatures; not empty
	Transport http.RoundTripper // nil is http.DefaultTransport
	Log       *slog.Logger      // of what could not be delivered; nil discards
	Seed      uint64            // of ids and of the jitter of waits
}

// Webhook implements audit.AlertSink. Make it with [New]; it is safe for concurrent
// use, and is to be closed.
type Webhook struct {
	config Config
	queue  chan audit.Alert
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
	w := &Webhook{config: c, queue: make(chan audit.Alert, Queue), cancel: cancel}
	w.done.Go(func() { w.run(ctx) })
	return w
}

// Alert implements audit.AlertSink. It never waits.
func (w *Webhook) Alert(a audit.Alert) {
	select {
	case w.queue <- a:
	default:
		w.config.Log.Error("an alert was dropped: too many wait for the webhook", "target", a.Target, "endpoint", a.Endpoint)
	}
}

// Close ends the try under way, drops what waits, and returns when all has ended.
// Safe to call more than once.
func (w *Webhook) Close() {
	w.cancel()
	w.done.Wait()
}

func (w *Webhook) run(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-ctx.Done():
		case a := <-w.queue:
			if ctx.Err() == nil { // both may be ready
				w.deliver(ctx, n, a)
			}
		}
	}
}

// message is an alert as it is sent.
type message struct {
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

// deliver tries the nth alert until it is taken, or until it is no use.
func (w *Webhook) deliver(ctx context.Context, n int, a audit.Alert) {
	state := "raised"
	if a.Cleared {
		state = "cleared"
	}
	id := strconv.FormatUint(keyed.Hash(w.config.Seed, "alert", a.Endpoint+a.Signal+a.Burn, a.Target, n), 16)
	body, _ := json.Marshal(message{
		id, a.Target, a.Endpoint, a.Signal, a.Burn, state, a.At.UTC(), a.Since.UTC(), a.Rate, a.Samples,
	}) // strings, times and finite numbers: cannot fail
	wait := firstWait
	for try := range Tries {
		status, err := w.send(ctx, body)
		if err == nil && status/100 == 2 || ctx.Err() != nil {
			return
		}
		lost := err == nil && status/100 != 5 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
		if lost || try+1 == Tries {
			// The error may hold the URL, and that a token: its text stays out of the log.
			w.config.Log.Error("an alert was not delivered", "id", id, "target", a.Target, "endpoint", a.Endpoint, "tries", try+1, "status", status)
			return
		}
		if !sleep(ctx, wait/2+keyed.Share(keyed.Hash(w.config.Seed, "wait", id, "", try), wait/2)) {
			return
		}
		wait *= 2
	}
}

// send makes one try; status is 0 without an answer.
func (w *Webhook) send(ctx context.Context, body []byte) (status int, err error) {
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
