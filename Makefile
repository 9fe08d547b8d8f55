GO     ?= go
LINT   := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZ_TIME ?= 30s
N         ?= 2000
SEED      ?= 1

.DEFAULT_GOAL := help
.PHONY: help build test race lint fmt check bench bench-fake sdk-node determinism agreement agreement-target overhead durability crowd-streams reload gateways traces crowd week hour swarm stats gate docs docs-check page bench-page pictures golden fuzz cover clean incidents

help: ## show the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./routedrill
	$(GO) build -trimpath -o routedrill ./cmd/routedrill

test: ## run the tests
	$(GO) test ./...

race: ## run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

lint: ## go vet and golangci-lint
	$(GO) vet ./...
	$(LINT) run ./...

fmt: ## format the code
	gofmt -w $$($(GO) list -f '{{.Dir}}' ./...)

check: fmt lint race ## format, lint and race

bench: ## µs per request of the floor, the plumbing and the full path, at one CPU; memory of an hour
	$(GO) test ./sim -run '^$$' -bench BenchmarkPath -benchtime 1x -cpu 1 -timeout 20m
	$(GO) test ./sim -run '^$$' -bench BenchmarkHour -benchtime 1x -cpu 1 -timeout 20m # alone: its peak is the process's
	$(GO) test ./router ./fakeproviders ./fakeproviders/latency ./fakeproviders/weather -run '^$$' -bench . -benchmem -cpu 1

bench-fake: ## the fakes on ports beside a trivial handler: throughput, p99, SSE events, memory; 5,000 streams dropped at once
	$(GO) test ./sim/fake -run 'TestStreamsDroppedAtOnce' -streams 5000 -count 1 -v
	$(GO) test ./sim/fake -run 'TestSpeed$$' -speed -count 1 -v -timeout 30m

sdk-node: ## the OpenAI SDK for Node and the Vercel AI SDK through the gateway (needs node 20 or later, and npm)
	cd router/testdata/node && npm ci
	$(GO) test ./router ./cmd/routedrill -run "TestNodeSDKThroughTheGateway|TestSDKsWhileFaultsComeAndGo" -count 1 -v

determinism: ## the main drill 20 times at GOMAXPROCS 1, 2 and 4, and under the race detector: one stdout
	$(GO) test ./cmd/routedrill -run TestDeterminismLong -determinism 20 -v -timeout 60m

agreement: ## compressed scenarios on both clocks, side by side (minutes of real time)
	$(GO) test ./sim -run TestAgreementLong -agreement -parallel 8 -v -timeout 30m

agreement-target: ## the wall drills in one process and against `serve` in another, side by side (ten minutes of real time)
	$(GO) test ./cmd/routedrill -run 'TestTargetAgrees|TestDiffTargetCmd' -agreement-target -parallel 5 -count 1 -v -timeout 30m

crowd-streams: ## `serve` with 3,000 streams for ten minutes, clients that never read, 10,000 connections dropped (needs 13,000 descriptors)
	$(GO) test ./cmd/routedrill -run 'TestCrowdOfStreams' -crowd-streams 3000 -crowd-for 10m -crowd-drops 10000 -count 1 -v -timeout 30m

reload: ## `serve` under load, its config changed 200 times to good files and bad ones: nothing lost, nothing forgotten
	$(GO) test ./cmd/routedrill -run 'TestReloadUnderLoad' -reloads 200 -count 1 -v -timeout 20m

overhead: ## what `serve` adds beside a bare reverse proxy, healthy, in an outage and in a hang: p50, p99, CPU, memory (ten minutes)
	$(GO) test ./cmd/routedrill -run 'TestOverhead$$' -overhead 5s -count 1 -v -timeout 30m

durability: ## `serve` killed 50 times under 10,000 jobs: one result each; what ran twice, against what was running at the kills
	$(GO) test ./cmd/routedrill -run TestDurability -durability -count 1 -v -timeout 30m

gateways: ## the wall drills against gateways from npm and Go modules (half an hour; needs node 20 and npm)
	sh scenarios/library/wall/gateways/compare.sh "$(CURDIR)/.cache/gateways"

traces: ## play back the public traces in TRACES (a folder that holds them), and fit their burstiness
	$(GO) test ./sim -run TestTracesWhole -traces "$(TRACES)" -v -timeout 20m
	$(GO) test ./sim/fit -run TestAzureDispersion -traces "$(TRACES)" -v -timeout 20m

crowd: ## a million requests, more than 2,000 at once, against a budget of money
	$(GO) test ./router -run TestBudgetHoldsForAMillion -crowd 1000000 -count 1 -v -timeout 30m

week: ## a week of virtual time: days and nights, and 100 outages drawn from SEED (1); no leak, no drift, every incident opened and closed (two minutes)
	$(GO) test ./sim -run 'TestWeek$$' -week 168h -week.seed $(SEED) -count 1 -v -timeout 60m

hour: ## the same for an hour of real time over loopback sockets, with 6 outages drawn from SEED (1)
	$(GO) test ./sim -run 'TestHour$$' -hour 1h -week.seed $(SEED) -count 1 -v -timeout 90m

swarm: ## N (2000) random scenarios from SEED (1) on, in virtual time; what breaks an invariant is kept in .cache/swarm
	@mkdir -p .cache/swarm
	$(GO) test ./sim/swarm -run 'TestSwarm$$' -swarm $(N) -swarm.first $(SEED) -swarm.out "$(CURDIR)/.cache/swarm" -v -timeout 60m

incidents: ## every incident and every policy drill of the library: faults fire, invariants hold, single-provider alone would not do
	$(GO) test ./sim -run 'TestLibraryIncidents|TestPolicyPack|TestQuotaNearlyFull' -incidents -v -timeout 20m

stats: ## the gate's statistics: false alarms per run and coverage, simulated (2000 runs) and with the real engine (400)
	$(GO) test ./report/gate -run 'TestFalseAlarms|TestCorrections|TestIndependent|TestCoverage' -stats 2000 -count 1 -v -timeout 30m
	$(GO) test ./sim/diff -run 'TestEngine' -stats 400 -count 1 -v -timeout 30m

gate: ## a good, a bad and a neutral change over every incident, from 10 first seeds each (hours)
	$(GO) test ./sim/diff -run 'Change$$' -incidents 'incidents/*' -base-seeds 10 -count 1 -v -timeout 12h

docs: ## the tables of measurements in the documentation, run and written anew
	$(GO) test ./sim -run TestSteadyMarket -market 20 -market.write -v -timeout 20m

docs-check: ## run what the tables of the documentation show, and compare them
	$(GO) test ./sim -run TestSteadyMarket -market 20 -v -timeout 20m

golden: ## rewrite golden files and txtar scripts
	$(GO) test ./report/... ./scenarios/... ./fakeproviders/fault ./fakeproviders/wire/anthropic ./fakeproviders/wire/azure ./fakeproviders/wire/gemini ./fakeproviders/wire/openai ./router/wire -update
	$(GO) test ./cmd/routedrill -update

page: ## look at the report's page and at the panel in Chromium, wide, narrow, dark (the report on paper too), with axe-core (needs chromium and npm)
	cd report/render/html/testdata/node && npm ci
	$(GO) test ./report/render/html ./router/panel -run TestBrowser -count 1 -v

bench-page: ## time, memory and size of report.html: six policies, a hundred cells, a hundred policies, six hours each
	$(GO) test ./report/render/html -run '^$$' -bench BenchmarkPage -benchtime 3x

pictures: ## the pictures of the README, from a real run (needs chromium)
	$(GO) run ./cmd/routedrill run openai-2024-12-11 --out .cache/pictures >/dev/null
	$(GO) test ./report/render/html -run TestBrowserPicture -page "$(CURDIR)/.cache/pictures/report.html" -shots "$(CURDIR)/.github/pictures" -count 1 -v
	$(GO) test ./router/panel -run TestBrowserWatchesABreaker -shots "$(CURDIR)/.github/pictures" -count 1 -v

fuzz: ## every fuzz target for FUZZ_TIME (30s)
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; $(GO) test $$pkg -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZ_TIME); \
	  done; \
	done

cover: ## coverage of the tests, by package
	$(GO) test -cover ./...

clean: ## remove what was built
	rm -f routedrill
	rm -rf results .cache
