package router

import (
	"log/slog"

	"github.com/routedrill/routedrill/router/internal/classify"
)

// heed raises an alert for what only the operator can mend: an error in the
// log, once per target until an answer of it shows that it is mended.
func (t *target) heed(log *slog.Logger, kind classify.Kind, status int) {
	switch {
	case kind.Row().Alert:
		if t.alerted.CompareAndSwap(false, true) {
			log.Error("a target needs its operator", "target", t.name, "reason", kind.Row().Reason, "status", status)
		}
	case kind == classify.OK && t.alerted.Load():
		if t.alerted.CompareAndSwap(true, false) {
			log.Info("a target works again", "target", t.name)
		}
	}
}
