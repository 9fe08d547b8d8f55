package queue

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// State is where a job is on its way. The zero value is Queued.
type State uint8

// The states of a job.
const (
	Queued State = iota
	Running
	Done // it has a result
	Dead // it never will have one
)

var states = []string{"queued", "running", "done", "dead"}

// String returns the state's word.
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return "unknown"
}

// MarshalText is String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(states, string(text))
	if i < 0 {
		return fmt.Errorf("queue: %q is no state", text)
	}
	*s = State(i)
	return nil
}

// Priority is how soon a job's turn comes. The zero value is Normal.
type Priority int8

// The priorities, from the first served on.
const (
	High   Priority = -1
	Normal Priority = 0
	Low    Priority = 1
)

// PriorityNamed returns the priority of a word; "" is Normal.
func PriorityNamed(word string) (Priority, bool) {
	switch word {
	case "high":
		return High, true
	case "", "normal":
		return Normal, true
	case "low":
		return Low, true
	}
	return Normal, false
}

// Job is one deferred request. Text of the caller's is kept as it is given.
type Job struct {
	ID           string    `json:"id"`         // unique
	Owner        string    `json:"owner"`      // who may see it; never shown
	RequestID    string    `json:"request_id"` // of the request that asked for it
	Tenant       string    `json:"tenant,omitempty"`
	Task         string    `json:"task,omitempty"`
	Region       string    `json:"region,omitempty"`
	Route        string    `json:"route"`
	Endpoint     string    `json:"endpoint"`
	CacheControl string    `json:"cache_control,omitempty"` // what the request says of caches
	CacheTags    string    `json:"cache_tags,omitempty"`    // of its answer there
	Priority     Priority  `json:"priority,omitempty"`
	Body         []byte    `json:"body,omitempty"` // of the request; dropped once it is done or dead
	BodySum      string    `json:"body_sum"`       // tells another body under the same key
	Accepted     time.Time `json:"accepted"`
	Deadline     time.Time `json:"deadline"` // it does not begin later

	State    State     `json:"state"`
	Tries    int       `json:"tries"`            // begun so far
	Reason   string    `json:"reason,omitempty"` // of the last failure
	Finished time.Time `json:"finished"`         // zero until it is done or dead
	Result   *Result   `json:"result,omitempty"` // of one that is done
}

// Result is the answer to a job's request.
type Result struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// Way is what jobs share the capacity of: a route, for one endpoint.
type Way struct{ Route, Endpoint string }

func (j *Job) way() Way { return Way{j.Route, j.Endpoint} }

// over reports whether nothing will happen to the job any more.
func (j *Job) over() bool { return j.State == Done || j.State == Dead }

// size is what the job takes of the queue's bytes.
func (j *Job) size() int64 {
	n := int64(len(j.Body)) + jobBytes
	if j.Result != nil {
		n += int64(len(j.Result.Body))
	}
	return n
}

// jobBytes is a job without its bodies, more or less.
const jobBytes = 512

// sortByAge puts jobs in the order in which they were accepted.
func sortByAge(jobs []*Job) {
	slices.SortFunc(jobs, func(a, b *Job) int { return cmp.Or(a.Accepted.Compare(b.Accepted), cmp.Compare(a.ID, b.ID)) })
}
