# Shortcuts for the commands that CONTRIBUTING.md explains; `make ci` is what has to pass.
FUZZTIME ?= 10s
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: test race lint fuzz bench ratio fmt ci

test:
	go test work

race:
	go test -race work

# The first time this builds the linters, which takes minutes.
lint:
	go vet work
	go list -m -f '{{.Dir}}' | while read -r dir; do (cd "$$dir" && go run $(GOLANGCI) run ./...) || exit 1; done

# One target: make fuzz PKG=./rotate FUZZ=FuzzName
fuzz:
	go test -run '^$$' -fuzz '^$(FUZZ)$$' -fuzztime $(FUZZTIME) $(PKG)

bench:
	cd bench && go test -run '^$$' -bench . ./...

ratio:
	cd bench && go run ./ratio

fmt:
	go run mvdan.cc/gofumpt@v0.12.0 -w .

ci:
	bash .ci/run
