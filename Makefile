.DEFAULT_GOAL := help
.PHONY: sbom icons independent rename cut upgrade images bench-peers faults count mutants nightly engines help demo dev test race check contract audit scan generate golden fmt bench scale fuzz env

STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.7.0
CHROMIUM := $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
JAVA := $(shell command -v java)
NPM := $(shell command -v npm)
FIREFOX := $(shell command -v firefox-esr || command -v firefox)
WEBKIT := $(shell command -v WebKitWebDriver && command -v Xvfb)
# One Postgres server for all test binaries of a run.
TESTRUN := go run ./internal/testdb/run
# Some tests wait for others: a few more at once than there are processors.
CPUS := $(shell getconf _NPROCESSORS_ONLN)
# What the browser tests check the pages with: axe-core and the Nu checker. And Express, for docs/examples.
CHECKERS := internal/e2e/node_modules/.package-lock.json
# What the home page is compared with.
PEERS := internal/webtest/peers/node/node_modules/.package-lock.json
EXPRESS := docs/examples/express/node_modules/.package-lock.json

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run the whole intranet on this machine, without an account
	go run ./cmd/demo

dev: ## Run the demo, rebuild it whenever a file changes, and let open pages reload
	go run ./internal/dev

test: $(CHECKERS) $(EXPRESS) ## Run every test: unit, Postgres, browser
ifeq ($(CHROMIUM),)
	@echo "!! No Chromium on PATH: the browser tests will be SKIPPED. On Debian: apt-get install chromium-headless-shell" >&2
endif
ifeq ($(JAVA),)
	@echo "!! No java on PATH: whether the HTML is valid will be SKIPPED. On Debian: apt-get install default-jre-headless" >&2
endif
ifeq ($(FIREFOX),)
	@echo "!! No Firefox on PATH: the journeys in it will be SKIPPED. On Debian: apt-get install firefox-esr" >&2
endif
ifeq ($(WEBKIT),)
	@echo "!! No WebKit: the journeys in it will be SKIPPED. On Debian: apt-get install webkit2gtk-driver xvfb" >&2
endif
	$(TESTRUN) go test -p $$(($(CPUS) + 1)) -timeout 60m $$(go list ./... | grep -v -e /internal/e2e -e /internal/faults)
	go test -timeout 15m ./internal/faults
	$(TESTRUN) go test -parallel $$((2 * $(CPUS) + 1)) -timeout 30m ./internal/e2e

race: ## Run the tests under the race detector, but for those of internal/e2e
	$(TESTRUN) go test -race -timeout 20m $$(go list ./... | grep -v -e /internal/e2e -e /internal/faults)

$(CHECKERS): SKIPPED := accessibility and valid HTML
$(EXPRESS): SKIPPED := the example in Express
$(CHECKERS) $(EXPRESS): %/node_modules/.package-lock.json: %/package-lock.json
ifeq ($(NPM),)
	@echo "!! No npm on PATH: $(SKIPPED) will be SKIPPED. On Debian: apt-get install npm" >&2
else
	@npm ci --prefix $(<D) --ignore-scripts --no-audit --no-fund --loglevel=error || \
		echo "!! npm did not install what is in $<: $(SKIPPED) will be SKIPPED" >&2
endif

check: ## Check formatting, generated code, go.mod, vet and the linter
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	@for d in views internal; do go tool templ fmt -fail $$d || exit 1; done
	go tool templ generate
	go mod tidy -diff
	@git diff --exit-code --stat -- '*_templ.go' || { echo "Generated code was stale: commit what 'make generate' made"; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...

engines: $(CHECKERS) ## Go through all journeys in Chromium, Firefox and WebKit
	NIGHTLY=true go test -count=1 -v -run '^TestThreeEngines$$' ./internal/e2e

contract: ## Put the guide to the sandbox, with CONTRACT=vendor to Caramelo too
	go test -count=1 -v -run '^TestContract$$' ./internal/sandbox

audit: ## Look for known vulnerabilities, risky code, leaked secrets and unfit licences
	@.ci/audit

sbom: ## Write what the server is made of, as CycloneDX: bin/intranet.cdx.json
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags="-s -w" -o bin/intranet ./cmd/intranet
	@.ci/sbom bin/intranet "$$(git describe --tags --always)" bin/intranet.cdx.json

scan: ## Scan the demo with wapiti and sqlmap, about ten minutes
	@.ci/scan

generate: ## Generate Go from the templ files
	go tool templ generate

count: ## Say how much there is to read: the frame, and the files of one request
	go run ./internal/webtest/count

mutants: ## Take each protection away once: its test must fail; with ROW=6.3.1 those of one requirement
	$(TESTRUN) go run ./internal/webtest/mutants $(ROW)

images: ## Build the images, start them as each compose file has it, sign in and chat
	@.ci/images

independent: ## Sign in with a provider that is not ours, in a browser
	cd internal/signin/oidc/independent && go vet . && go test -count=1 .

nightly: ## All that is too long for every change: race, fuzz, supply chain, copies of the tree, all pages in all layouts
	@.ci/nightly

# A variable of the command line as a flag, in quotes of the shell; one of the environment is somebody else's.
flag = $(if $(filter command,$(firstword $(origin $1))),--$2='$(subst ','\'',$($1))')

rename: ## Make it yours: MODULE=git.example.com/intranet NAME="Example" DOMAIN=example.com, one or all
	@go run ./cmd/fork rename $(call flag,MODULE,module) $(call flag,NAME,name) $(call flag,DOMAIN,domain)

cut: ## Take features out: FEATURES="events links"
	@go run ./cmd/fork cut $(call flag,FEATURES,features)

upgrade: ## Take a version of upstream into a fork: FROM=<tag>
	@go run ./cmd/fork upgrade $(call flag,FROM,from) $(call flag,SINCE,since)

golden: ## Write anew what is reviewed on one page: routes, grants, security tests, checksums of migrations
	go test ./internal/features ./migrations -run 'Golden|Checksums' -update -count=1

icons: ## Draw the icons of static/brand from its favicon.svg, with Chromium
	go run ./internal/webtest/icons

fmt: ## Format Go and templ files
	gofmt -w .
	@for d in views internal; do go tool templ fmt $$d; done

bench: ## Measure a page against a bare vendor call
	go test -run '^$$' -bench 'Home|Render|Search|Inspector|FirstByte|BareCall|Layout|IntranetAuth' -benchmem ./internal/features/... ./internal/sandbox ./views

bench-peers: $(PEERS) ## Compare the home page with Express apps and a bare handler, about two minutes
	go run ./internal/webtest/peers

$(PEERS): internal/webtest/peers/node/package-lock.json
	npm ci --prefix $(<D) --ignore-scripts --no-audit --no-fund --loglevel=error

faults: ## Break each part of a deployment for longer, three times, and print what people saw; about five minutes
	FAULTS=long go test -count=1 -timeout 60m -v ./internal/faults

scale: ## Time pages in a company of 1,000 people and in one of 1,000,000, some minutes
	go test -run '^$$' -bench '^BenchmarkScale$$' -benchtime 1x -timeout 60m ./internal/features

# A target is tried once more where it fails: go test -fuzz sometimes ends on its
# own deadline. What it found is in testdata then, and fails again.
fuzz: ## Fuzz each parser of what strangers send, 20 s each
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z]*' internal | sort | while IFS=: read -r file function; do \
		run="go test -run ^$$ -fuzz ^$${function#func }$$ -fuzztime $${FUZZTIME:-20s} -fuzzminimizetime 10x ./$${file%/*}"; \
		$$run || $$run || exit 1; done

env: ## Make a .env with fresh secrets for docker compose
	@test ! -e .env || { echo ".env is there already"; exit 1; }
	@umask 077; { echo "POSTGRES_PASSWORD=$$(openssl rand -hex 24)"; echo "POSTGRES_APP_PASSWORD=$$(openssl rand -hex 24)"; echo "CARAMELO_SECRET_TOKEN=sk_sandbox_$$(openssl rand -hex 24)"; echo "SECRET_KEY=$$(openssl rand -hex 32)"; } > .env
	@echo "wrote .env"
