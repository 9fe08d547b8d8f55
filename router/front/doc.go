// Package front stands between clients and the router: it asks for API keys, holds
// the quotas that belong to them, and refuses early what would be too much.
//
//	f, err := front.New(front.Config{Keys: keys, Limits: limits})
//	if err != nil {
//		return err
//	}
//	handler := f.Before(engine)
//
// The order is the one in which refusing is cheapest: places first (how many
// requests are under way), then the key, its quotas and its own places, then the
// body, which is counted while it is read and never held here.
//
// Who has a key is one tenant, whatever the request's headers say, so that no cache
// entry, remembered answer or job of another can be reached. The key goes no
// further: neither the router nor a provider sees it.
//
// [Admin] is what stands before what operators may do.
package front
