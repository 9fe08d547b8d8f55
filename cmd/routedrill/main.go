// Command routedrill rehearses LLM-provider outages: fake providers with
// scripted latency, errors and limits, a real routing and failover engine, and
// a report that says what a policy would have saved and cost.
package main

import "os"

func main() {
	os.Exit(execute(os.Args[1:], system{
		stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
	}))
}
