package sim

import (
	"net/http"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// balancer stands before the replicas of a router, which know nothing of each
// other. Request n of the load goes to replica n mod N, as do its caller's other
// tries: what a replica remembers of an idempotency key is its own.
type balancer []http.Handler

// ServeHTTP implements http.Handler.
func (b balancer) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	seq, _, _ := requestOf(q.Header.Get("X-Client-Request-Id")) // 0 for what is not the load's
	b[int(seq)%len(b)].ServeHTTP(w, q)
}

// Close ends what the replicas do beside their requests.
func (b balancer) Close() {
	for _, h := range b {
		finish(h)
	}
}

// replicaSeed is the seed of a replica's draws. The first has the cell's own, so
// that one router alone draws what it drew before there were replicas.
func replicaSeed(seed uint64, replica int) uint64 {
	if replica == 0 {
		return seed
	}
	return keyed.Hash(seed, "replica", "", "", replica)
}
