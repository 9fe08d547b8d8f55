// Package gateway serves a router on a TCP port: with bounds on what a client
// may take its time for, and with a stop that lets requests under way finish.
//
//	g, err := gateway.Listen(gateway.Config{Addr: "127.0.0.1:8080", Handler: engine})
//	if err != nil {
//		return err
//	}
//	return g.Run(ctx) // until ctx is done, and what is under way has ended
//
// It touches no signals, no files and no environment: those are the caller's.
package gateway
