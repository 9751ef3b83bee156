GO       ?= go
LINTER   := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 30s

.PHONY: help test lint build build-nocgo unit race bench fuzz sample clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

test: build-nocgo lint race ## everything: builds, linter, tests under the race detector

build: ## the program, with DuckDB inside, as ./sigmahunt
	$(GO) build -o sigmahunt ./cmd/sigmahunt

build-nocgo: ## the program without DuckDB still builds
	CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/sigmahunt

lint: ## go vet and golangci-lint, import directions included
	$(GO) vet ./...
	$(GO) run $(LINTER) run ./...

unit: ## the tests, without the race detector
	$(GO) test -timeout 60m ./...

race: ## the tests under the race detector, beside a Trino and an OpenSearch where they can be had
	.ci/trino with .ci/opensearch with $(GO) test -race -timeout 60m ./...

bench: ## every benchmark
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

sample: ## write fixtures/events again from its generator
	$(GO) run ./fixtures/gen sample -o fixtures/events

clean: ## remove what make made
	rm -f sigmahunt
