// Package fake runs the fake providers of a scenario or a world by themselves, on
// ports of their own, for any gateway or application.
//
//	fleet, err := fake.New(fake.Options{Scenario: s, Timeline: true, Seed: 1})
//	if err != nil {
//		return err
//	}
//	if err := fleet.Listen("127.0.0.1", 8100); err != nil { // 8100, 8101, ... in the order of the file
//		return err
//	}
//	defer fleet.Shutdown(ctx)
//	http.ListenAndServe("127.0.0.1:8099", fleet.Admin())
//
// A [Fleet] plays the scenario's timeline by the clock, takes faults by hand over
// its admin API, and keeps a bounded journal and Prometheus metrics. A fault by
// hand reverts by itself when its ttl is over. [Fleet.Reset] puts fresh providers
// behind the same ports: nothing counted, used or cached, no fault by hand, and the
// timeline where it is.
//
// [Configs] words what gateways, SDKs and shells need to know to talk to a fleet.
//
// Everything is safe for concurrent use. No prompt and no key is kept or shown.
package fake
