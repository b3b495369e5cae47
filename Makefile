# Everything a developer does with Skyferry. `make help` lists it.
GO      ?= go
LINT     = $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
AXE      = axe-core@4.14.1
FUZZTIME ?= 60s

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: build
build: ## Build the program into bin/.
	$(GO) build -o bin/skyferry ./cmd/skyferry

.PHONY: run
run: ## Run the demo.
	$(GO) run ./cmd/skyferry demo

.PHONY: test
test: tools ## Run every test, the browser walk included.
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...

.PHONY: tools
tools: ## Install what the tests need: Chromium by the system's package manager, clients and axe-core by npm.
	./.ci/tools

.PHONY: lint
lint: ## Check style and the direction of imports.
	$(LINT) run ./...
	@$(GO) tool templ generate >/dev/null && git diff --exit-code -- '*_templ.go' || (echo "generated templ code is stale: run make generate" >&2; exit 1)

.PHONY: generate
generate: ## Generate Go code from the templ pages.
	$(GO) tool templ generate

.PHONY: editor
editor: ## Bundle the editor of conditions anew from its sources and lock file; needs Node.
	cd static/editor && npm ci --ignore-scripts --no-audit --no-fund && node build.js

.PHONY: bench
bench: ## Measure start, memory, throughput, latency and the reading of large sites, and print the figures.
	$(GO) test -run '^$$' -bench . -skip Transfer -benchtime 1x -timeout 1h ./internal/e2e/bench -v
	cd bench && $(GO) test -run '^$$' -bench . -cpu 1 -timeout 20m .

.PHONY: bench-large
bench-large: ## Measure transfers of 4 GiB, to one tenant and to eight, with cuts, calls and a dead tenant; needs 50 GB of disk.
	$(GO) test -run '^$$' -bench Transfer -benchtime 1x -timeout 3h ./internal/e2e/bench -v

.PHONY: soak
soak: tools ## Kill the console a thousand times at random moments, let tenants and sites fail at random; takes hours.
	SKYFERRY_TRIPLES=10000000 $(GO) test -run TestEveryWayToDecide -timeout 1h -v ./internal/policy
	SKYFERRY_MIXES=500 $(GO) test -run TestMix -timeout 2h -v ./internal/e2e/flow
	SKYFERRY_SITE_SEEDS=3000 $(GO) test -run TestSite -timeout 6h -v ./internal/e2e/site
	SKYFERRY_KILLS=1000 $(GO) test -run TestKill -timeout 6h -v ./internal/e2e/crash

.PHONY: fuzz
fuzz: ## Fuzz the rule language for FUZZTIME each.
	@set -e; for target in FuzzLex FuzzParse FuzzCheck FuzzEval FuzzFormat FuzzFix; do \
		$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x ./internal/rule; \
	done
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME) -fuzzminimizetime 5x ./internal/rule/basic
