GO       ?= go
LINTER   := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 30s

.PHONY: help test lint build build-nocgo unit race rows search-rows case bench fuzz sample clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

test: build-nocgo lint ## everything: builds, linter, tests beside a Trino and an OpenSearch where they can be had
	.ci/trino with .ci/opensearch with $(MAKE) --jobs=3 race rows search-rows

build: ## the program, with DuckDB inside, as ./sigmahunt
	$(GO) build -o sigmahunt ./cmd/sigmahunt

build-nocgo: ## the program without DuckDB still builds
	CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/sigmahunt

lint: ## go vet and golangci-lint, import directions included
	$(GO) vet ./...
	$(GO) run $(LINTER) run ./...

unit: ## the tests, without the race detector
	$(GO) test -timeout 60m ./...

# What the engines do at once is tested in their own folders, under the race
# detector; the conformance suite asks one thing after the other, tens of thousands
# of times, so it runs without. What asks OpenSearch runs beside what asks the others.
SEARCH := OpenSearch|TwoStages|Monitor|Scripts|MultiSearch|Index|AWindowBoundsASearch|OneSearch

race: ## the tests under the race detector, but for the conformance suite
	$(GO) test -race -timeout 60m $(filter-out %/backends/conformance,$(shell $(GO) list ./...))

rows: ## the conformance suite but for OpenSearch's: the rows of every engine are the evaluator's
	$(GO) test -timeout 60m -skip '$(SEARCH)' ./backends/conformance

search-rows: ## the conformance suite of OpenSearch
	$(GO) test -timeout 60m -run '$(SEARCH)' ./backends/conformance

case: ## one conformance case on every engine that runs: make case CASE=null/quoted-null
	@test -n '$(CASE)' || { echo 'make case: name a case, such as CASE=null/quoted-null' >&2; exit 2; }
	@for server in trino opensearch; do \
	  .ci/$$server url >/dev/null || { echo "no $$server is running: start it with .ci/$$server start" >&2; export SIGMAHUNT_$$(echo $$server | tr a-z A-Z)=off; }; \
	done; cd backends/conformance && $(GO) test -count=1 -run '^TestOneCase$$' -case '$(CASE)'

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
