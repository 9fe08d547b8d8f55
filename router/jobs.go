package router

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/queue"
)

// jobsPath is where jobs are asked for.
const jobsPath = "/v1/routedrill/jobs/"

// jobView is a job as its owner sees it.
type jobView struct {
	ID         string      `json:"id"`
	Object     string      `json:"object"` // "routedrill.job"
	Status     queue.State `json:"status"`
	StatusURL  string      `json:"status_url"`
	Model      string      `json:"model"`
	CreatedAt  *time.Time  `json:"created_at"`
	DeadlineAt *time.Time  `json:"deadline_at"` // it does not begin later
	FinishedAt *time.Time  `json:"finished_at,omitempty"`
	Tries      int         `json:"tries"`
	Reason     string      `json:"reason,omitempty"` // of the last failure
	Response   *jobAnswer  `json:"response,omitempty"`
}

// jobAnswer is the answer to the job's request.
type jobAnswer struct {
	StatusCode int             `json:"status_code"`
	Body       json.RawMessage `json:"body"`
}

func jobBody(j *queue.Job) []byte {
	v := jobView{
		ID: j.ID, Object: "routedrill.job", Status: j.State, StatusURL: jobsPath + j.ID, Model: j.Route,
		CreatedAt: moment(j.Accepted), DeadlineAt: moment(j.Deadline), FinishedAt: moment(j.Finished), Tries: j.Tries, Reason: j.Reason,
	}
	if j.Result != nil {
		v.Response = &jobAnswer{j.Result.Status, j.Result.Body}
	}
	body, _ := json.Marshal(v) // texts, numbers and an answer that was valid JSON: cannot fail
	return body
}

// QueueStatus is the queue: jobs that are kept, by their state.
type QueueStatus struct {
	Queued  int   `json:"queued"`
	Running int   `json:"running"`
	Done    int   `json:"done"`
	Dead    int   `json:"dead"`
	Bytes   int64 `json:"bytes"`
}

var noJob = apiError{http.StatusNotFound, "invalid_request_error", "job_not_found", "there is no such job of this tenant with these credentials"}

// job serves GET and DELETE of a job. Nobody learns whether others have one.
func (r *Router) job(w http.ResponseWriter, q *http.Request, id string) {
	tenant := ""
	switch v := q.Header[tenantHeader]; {
	case len(v) > 1 || len(v) == 1 && (!fitID(v[0]) || v[0] == AnyTenant):
		writeError(w, invalidTenant)
		return
	case len(v) == 1:
		tenant = v[0]
	}
	who := owner(q, tenant)
	switch q.Method {
	case http.MethodGet:
		if j, ok := r.jobs.Get(id, who); ok {
			writeJSON(w, http.StatusOK, jobBody(&j))
			return
		}
		writeError(w, noJob)
	case http.MethodDelete:
		j, ok, err := r.jobs.Cancel(q.Context(), id, who, time.Now())
		switch {
		case err != nil:
			writeError(w, apiError{http.StatusServiceUnavailable, unavailable, "queue_unavailable", "the job could not be cancelled; try again"})
		case !ok:
			writeError(w, noJob)
		default: // as it is now: one that runs, or is over, stays so
			writeJSON(w, http.StatusOK, jobBody(&j))
		}
	default:
		w.Header().Set("Allow", "GET, DELETE")
		writeError(w, apiError{http.StatusMethodNotAllowed, "invalid_request_error", "method_not_allowed", "this path takes GET and DELETE"})
	}
}
