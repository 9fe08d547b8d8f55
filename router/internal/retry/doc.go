// Package retry decides how long to wait before a target is tried again, and
// whether that is still affordable.
//
// A retry is a second or later try of the same target within one relay. Going
// on to another target is failover, not a retry, and needs no token: it puts
// no second load on the target that failed.
package retry
