package router

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/cache"
	"github.com/routedrill/routedrill/router/internal/idempotency"
)

const (
	cacheHeader = "X-Routedrill-Cache"      // of an answer: the audit's word
	tagsHeader  = "X-Routedrill-Cache-Tags" // of a request: by what its answer can be removed
	maxTags     = 8
	maxWaits    = 2   // how often a relay waits for another one's answer
	replyBytes  = 512 // of the headers of request and answer, more or less
)

// reply is an answer in the cache.
type reply struct {
	answer *idempotency.Answer
	origin string // the request it was made for
	again  CacheRequest
}

func (a *reply) size() int64 { return int64(len(a.answer.Body)+len(a.again.Body)) + replyBytes }

// caching is what a relay has to do with the cache.
type caching struct {
	asked string // what is asked on whose behalf, but of which model
	ttl   time.Duration
	tags  []string
	anew  bool                 // what there is does not count
	final bool                 // the client has got an answer that claims to be complete
	stood *cache.Found[*reply] // what stood in for an error
}

func newAnswerCache(c Cache) (*cache.Cache[*reply], error) {
	if len(c.TTL) == 0 {
		return nil, nil
	}
	return cache.New(cache.Limits{
		Entries: cmp.Or(c.Entries, DefaultCacheEntries), MaxBytes: int64(cmp.Or(c.MaxBytes, DefaultCacheBytes)), StaleIfError: c.StaleIfError,
	}, (*reply).size)
}

// cachable sees whether the request has to do with the cache, and with which of
// its items.
func (y *relay) cachable() bool {
	if y.r.answers == nil {
		return false
	}
	task := y.hint(taskHeader)
	ttl, ok := y.r.cache.TTL[task]
	if !ok || task == "" {
		ttl = y.r.cache.TTL[AnyTask]
	}
	tags, readable := readTags(y.q.Header[tagsHeader])
	control := strings.ToLower(strings.Join(y.q.Header["Cache-Control"], ","))
	if ttl == 0 || !readable || strings.Contains(control, "no-store") || !y.req.Repeatable() {
		return false
	}
	who := "tenant " + y.rec.Tenant
	if y.rec.Tenant == "" { // nobody is named, so the credentials tell one from another
		who = "owner " + cmp.Or(y.jobOwner, owner(y.q, ""))
	}
	sum := y.req.Fingerprint()
	asked := cache.KeyOf(y.rec.Endpoint, who, y.r.cache.Version, string(sum[:]))
	y.cache = &caching{
		asked: string(asked[:]),
		ttl:   ttl, tags: append(tags, "route:"+y.rec.Route), anew: strings.Contains(control, "no-cache"),
	}
	if task != "" {
		y.cache.tags = append(y.cache.tags, "task:"+task)
	}
	if y.rec.Tenant != "" {
		y.cache.tags = append(y.cache.tags, "tenant:"+y.rec.Tenant)
	}
	return true
}

// readTags reads a list with commas between; false for one that is too long, or
// holds what is no tag.
func readTags(header []string) (tags []string, ok bool) {
	for _, line := range header {
		for tag := range strings.SplitSeq(line, ",") {
			if tag = strings.TrimSpace(tag); len(tag) > maxHint || !fitID(tag) || len(tags) == maxTags {
				return nil, false
			}
			tags = append(tags, tag)
		}
	}
	return tags, true
}

// keyAt is the key of the answer that a target gives: targets of one family share
// it.
func (y *relay) keyAt(t *target) cache.Key {
	family := t.family
	if y.endpoint == embeddings {
		family = t.space
	}
	return cache.KeyOf(y.cache.asked, family)
}

// next is the target the request would go to now.
func (y *relay) next(now time.Time) *target {
	for _, t := range y.targets {
		if !t.retryAt(y.endpoint, now).After(now) {
			return t
		}
	}
	return y.targets[0]
}

// readThrough answers out of the cache, or has the request answered and keeps
// what is answered. Of equal requests at a time one is sent; the others wait for
// it.
func (y *relay) readThrough() {
	key := y.keyAt(y.targets[0])
	for nth := range maxWaits {
		now := time.Now()
		key = y.keyAt(y.next(now))
		if y.cache.anew {
			break
		}
		found, flight, verdict := y.r.answers.Begin(now, key)
		switch verdict {
		case cache.Hit:
			y.replayCached(found, now)
			return
		case cache.Lead:
			y.fetch(flight, audit.Miss)
			return
		}
		ctx, cancel := context.WithDeadline(y.q.Context(), y.deadline)
		found, ok, _ := flight.Wait(ctx)
		cancel()
		if ok {
			y.replayCached(found, time.Now())
			return
		}
		y.sleep(y.offset("cache", nth)) // the others were woken at this instant too
	}
	state := audit.Miss
	if y.cache.anew {
		state = audit.Refresh
	}
	y.fetch(y.r.answers.Alone(key), state)
}

// fetch has the request answered, and ends the flight whatever happens, also on a
// panic.
func (y *relay) fetch(flight *cache.Flight[*reply], state audit.CacheState) {
	y.rec.Cache.State = state
	recorder := idempotency.NewRecorder(y.w, int(y.r.answers.MaxValue()))
	y.w = recorder
	defer func() {
		t, answer := y.server(), recorder.Answer()
		switch {
		case y.cache.stood != nil:
			flight.Share(*y.cache.stood)
		case y.rec.Outcome == audit.Served && y.cache.final && t != nil && answer != nil && answer.Status == http.StatusOK:
			flight.Keep(time.Now(), cache.Item[*reply]{
				Key: y.keyAt(t), Value: &reply{answer, y.rec.RequestID, y.asAsked()}, TTL: y.cache.ttl, Tags: append(y.cache.tags, "family:"+t.family),
			})
		default:
			flight.Fail(nil)
		}
	}()
	y.attempt()
}

// server is the target whose answer the client has got; nil where none has
// answered.
func (y *relay) server() *target {
	for i := range y.rec.Attempts {
		if a := &y.rec.Attempts[i]; a.Served {
			at := slices.IndexFunc(y.targets, func(t *target) bool { return t.name == a.Target })
			return y.targets[at]
		}
	}
	return nil
}

// standIn answers with what there is of any family, fresh or not, in place of an
// error, and reports whether there was anything.
func (y *relay) standIn() bool {
	if y.cache == nil || y.cache.anew || y.gone() {
		return false
	}
	now := time.Now()
	for _, t := range y.targets {
		if found, ok := y.r.answers.StandIn(now, y.keyAt(t)); ok {
			y.cache.stood = &found
			y.replayCached(found, now)
			return true
		}
	}
	return false
}

// replayCached sends an answer out of the cache. The headers that name provider
// and model are those of the request it was made for.
func (y *relay) replayCached(found cache.Found[*reply], now time.Time) {
	a, age := found.Value.answer, found.Age(now)
	y.rec.Outcome, y.rec.Cache = audit.Cached, audit.CacheUse{State: audit.Hit, Origin: found.Value.origin, Age: age}
	if found.Stale {
		y.rec.Cache.State = audit.Stale
	}
	maps.Copy(y.w.Header(), a.Header)
	y.headers(a.Header["Content-Type"], nil)
	y.w.Header()["Age"] = []string{strconv.FormatInt(int64(age/time.Second), 10)}
	y.sent, y.rec.Status = true, a.Status
	y.w.WriteHeader(a.Status)
	if !y.send(a.Body) {
		y.rec.Outcome = audit.Cancelled
	}
}

// finish notes whether the answer that went to the client claims to be complete.
func (y *relay) finish(complete bool) {
	if y.cache != nil {
		y.cache.final = complete
	}
}
