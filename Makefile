# Everything is done by Go; this file only says what belongs together.
# `make run` starts Vialog, `make test` tests all of it.

SHELL   := bash
.SHELLFLAGS := -eu -o pipefail -c
GO      ?= go
NAME    ?=
LISTEN  ?= :8080
ORIGIN  ?= http://localhost:8080
STORE   ?= build/vialog.sqlite
FUZZTIME ?= 20s
# What the app is built for: the relay's origin if it is not that of the page
# (wss://relay.example.org), and whose signature it asks for.
RELAY   ?=
SIGNER  ?=
KEY     ?=
SOAK    ?= 10m
SCHEMA  ?=
# Of make demo: how many, up to 1000, and how long their diaries are, up to 10.
PATIENTS ?=
YEARS   ?=

# Packages whose tests also run as WebAssembly, in Node.
JS_TESTS := ./shared/wire ./wasm/internal/node ./wasm/internal/vault ./wasm/internal/seal \
	./wasm/internal/pseudonym ./wasm/internal/keyring ./wasm/internal/join ./wasm/internal/diary ./wasm/internal/pack ./wasm/internal/scan ./wasm/internal/browser

# Packages with files that only a browser's compiler sees, or does not see. What is
# the same everywhere is checked once.
JS_OWN = $$(grep -rlE --include=*.go '^//go:build .*\<js\>' relay shared wasm | xargs -n1 dirname | sort -u | sed 's,^,./,')

# They are compiled as scripts/build compiles the app, so that tests run what is
# shipped, and all of it is compiled once.
JS_FLAGS := -trimpath -gcflags=all=-l -gcflags=crypto/...= -gcflags=golang.org/x/crypto/...= -gcflags=filippo.io/...= \
	-gcflags=internal/byteorder= -gcflags=math/bits= -gcflags=encoding/binary=
JS = GOOS=js GOARCH=wasm GOFLAGS="$(JS_FLAGS)"

BUILD   = ./scripts/build -host build/host -relay "$(RELAY)" -signer "$(SIGNER)"

export CGO_ENABLED ?= 0
export GOFLAGS ?=

# twice runs tests in which processes and browsers race each other, as they do in life. One or two
# that fail go once more and are named: look into it. Who fails twice, or in more than two, fails.
twice = if $(1) 2>&1 | tee $(2); then exit 0; fi; \
	failed=$$(sed -n 's/^--- FAIL: \([A-Za-z0-9_]*\) .*/\1/p' $(2) | sort -u | paste -sd '|'); \
	if [ -z "$$failed" ] || [[ $$failed == *'|'*'|'* ]] || grep -q '^panic:' $(2); then exit 1; fi; \
	echo "--- once more: $$failed"; $(1) -run "^($$failed)\$$" && echo "--- failed once, then passed: $$failed"

.PHONY: evidence units help run build app relay worker test tools check sources fmt vet lint unit e2e js fhir bills edge oscal object walk shots tenant demo storybook bench bench-relay fuzz soak verify vectors repro release clean go node npm chromium firefox webkit postgres

help:
	@echo "make run                start the relay with the app on $(ORIGIN)"
	@echo "make tenant NAME=...    register a treatment centre, and print its code"
	@echo "make demo               fill a relay with invented patients; PATIENTS=1000 YEARS=10 is a large centre"
	@echo "make test               test everything, in Chromium too"
	@echo "make check              what review asks for; works offline"
	@echo "make release KEY=...    build twice, compare, sign: build/release"
	@echo "make fhir               validate exported bundles; fetches FHIR's definitions once"
	@echo "make bills              validate the bills of materials; fetches CycloneDX's schema once"
	@echo "make edge               test the relay as a Worker, end to end"
	@echo "make worker             build it for a host: build/worker"
	@echo "make oscal SCHEMA=FILE  hold the report of relay isms against NIST's schema"
	@echo "make units              run the relay under systemd, in a container; as root"
	@echo "make bench-relay        measure the relay, with NATS and Redis beside it"
	@echo "make build storybook shots bench fuzz soak verify vectors repro clean"

# --- running ---

run: build
	@echo
	@echo "Vialog is on $(ORIGIN)"
	@echo "In another terminal: make tenant NAME=\"Centre North\", then open the link that it prints."
	@echo "Ctrl-C ends it. What was stored is in $(STORE) and is there again next time."
	@echo
	@build/relay serve -listen $(LISTEN) -store $(STORE) -origin $(ORIGIN)

build: app relay

app: go
	@$(GO) run $(BUILD)

relay: app
	@$(GO) build -trimpath -o build/relay ./relay

# worker builds the relay for the edge, with all that a host of Workers needs of it.
WORKER = build/worker
worker: go
	@mkdir -p "$(WORKER)"
	@$(JS) $(GO) build -ldflags "-s -w" -o "$(WORKER)/relay.wasm" ./relay/edge
	@cp relay/edge/worker.mjs relay/edge/relay.capnp relay/edge/wrangler.jsonc "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" "$(WORKER)/"

tenant: relay
	@if [ -z "$(NAME)" ]; then echo 'Which centre? make tenant NAME="Centre North"'; exit 2; fi
	@build/relay tenant add -store $(STORE) -origin $(ORIGIN) "$(NAME)"

demo: build
	@$(GO) run ./wasm/demo $(if $(PATIENTS),-patients $(PATIENTS)) $(if $(YEARS),-years $(YEARS))

storybook: go
	@$(GO) run ./wasm/storybook

# --- testing ---

# What is missing comes over the network while the sources are compiled and looked at.
test: go
	@$(MAKE) --no-print-directory --output-sync=target -j 2 tools sources
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory --output-sync=target -j 2 e2e js
	@$(MAKE) --no-print-directory fhir bills object walk
	@echo "All tests passed."

# tools are got one after the other: there is one package manager.
tools:
	@for t in node npm chromium firefox webkit postgres; do $(MAKE) --no-print-directory $$t; done

# check leaves out what needs a browser.
# The end-to-end tests mostly wait for each other's clients, and leave the machine to those in Node.
check: go node postgres sources unit
	@$(MAKE) --no-print-directory --output-sync=target -j 2 e2e js

sources: fmt vet lint

fmt:
	@bad=$$(gofmt -l relay scripts shared wasm web); \
	if [ -n "$$bad" ]; then echo "not gofmt'ed:"; echo "$$bad"; exit 1; fi

vet:
	@$(GO) vet ./...
	@$(JS) $(GO) vet $(JS_OWN)

lint:
	@$(GO) build -o build/staticcheck honnef.co/go/tools/cmd/staticcheck
	@build/staticcheck ./...
	@$(JS) build/staticcheck $(JS_OWN)

# What needs a browser is for walk; vet has been before.
unit: go postgres
	@VIALOG_BROWSER=none $(GO) test -vet=off $$($(GO) list ./... | grep -vE '/(wasm/e2e|wasm/storybook|web|web/browsertest)$$')

# They wait for each other more than they compute, so more than one for each core goes at once.
E2E = VIALOG_BROWSER=none $(GO) test -vet=off -parallel 4 ./wasm/e2e
e2e: go postgres
	@$(call twice,$(E2E),build/e2e.log)

# Node takes only a short environment, so it gets one. Some vectors are Go's own: GOROOT says where.
js: node
	@$(JS) $(GO) test -vet=off -short \
		-exec "env -i PATH=$$PATH GOROOT=$$($(GO) env GOROOT) $$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec" $(JS_TESTS)

# fhir validates bundles against the official structure definitions of FHIR R4.
fhir: go npm
	@VIALOG_FHIR="$$PWD/build/npm" $(GO) test -count 1 -run FHIR ./wasm/internal/papers/files

# bills holds the bills of materials against the schema of CycloneDX.
bills: go npm
	@VIALOG_CYCLONEDX="$$PWD/build/npm" $(GO) test -vet=off -count 1 -run CycloneDX ./scripts/bom

# object runs the relay's store in a Durable Object of workerd, and kills that.
object: go npm
	@VIALOG_WORKERD="$$PWD/build/npm" VIALOG_JSFLAGS="$(JS_FLAGS)" $(GO) test -vet=off -count 1 -run DurableObject ./relay/internal/store/sqlite

# edge does that, and then has the end-to-end tests drive the Worker instead of the relay.
edge: object
	@VIALOG_WORKERD="$$PWD/build/npm" $(E2E) -count 1 -timeout 30m

# units boots systemd in a container and has it run the relay by the units of relay/deploy: as root, with
# systemd-nspawn (apt install systemd-container).
units: go
	@VIALOG_UNITS=1 $(GO) test -vet=off -count 1 -run Units ./relay

# oscal holds the report for programs against NIST's schema of all models, a file of its release 1.2.1.
oscal: go
	@if [ -z "$(SCHEMA)" ]; then echo 'Which file? make oscal SCHEMA=oscal_complete_schema.json, from the release 1.2.1 of OSCAL by NIST'; exit 2; fi
	@VIALOG_OSCAL="$(abspath $(SCHEMA))" $(GO) test -count 1 -run OSCAL ./relay/internal/isms

# The app is built without compressed copies for it, and the relay without the app.
WALK = VIALOG_SHOTS=none $(GO) test -vet=off -p 2 -parallel 2 -timeout 30m ./web/... ./wasm/internal/browser ./wasm/storybook
walk: chromium npm
	@$(call twice,$(WALK),build/walk.log)

# shots takes pictures of every screen that the walks come by, into build/screens.
shots: chromium npm
	@$(GO) test -parallel 2 -timeout 30m -count 1 ./web

# bench measures in Chromium last, when nothing else of it runs.
bench: build chromium
	@VIALOG_BROWSER=none $(GO) test -p 1 -run '^$$' -bench . -benchmem ./...
	@$(GO) test -run '^$$' -bench 'Opening|Unlocking|CentreInBrowser' -v ./wasm/bench

# bench-relay drives a relay over the wire, and with the same loads NATS, which is built into build/peers for
# this alone, and Redis where it is installed (apt install redis-server).
NATS = build/peers/nats-server
bench-relay: go
	@$(GO) build -trimpath -o build/bench-relay ./relay
	@[ -x $(NATS) ] || GOBIN="$$PWD/build/peers" $(GO) install github.com/nats-io/nats-server/v2@v2.15.2 || echo "NATS could not be built."
	@nats=; [ ! -x $(NATS) ] || nats="-nats $(NATS)"; redis=$$(command -v redis-server) && redis="-redis $$redis"; \
	$(GO) run ./relay/bench -relay build/bench-relay -dir build $$nats $$redis

fuzz: go
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p; \
		done; \
	done

# soak runs everything that needs long; last, the end-to-end tests over a network that is late.
soak: build
	@VIALOG_SOAK=$(SOAK) $(GO) test -count 1 -timeout 0 -run Soak -v ./...
	@VIALOG_LAG=800ms VIALOG_BROWSER=none $(GO) test -count 1 -timeout 1h -parallel 6 ./wasm/e2e

# verify looks at every history of the model of the chains, six changes long; plays more of them with the
# real code; and has ProVerif check the model of the talks where it is installed. It takes ten minutes.
verify: go
	@VIALOG_VERIFY=1 $(GO) test -count 1 -timeout 3h -v -run SixChanges ./wasm/internal/keyring/model
	@$(GO) test -count 1 -timeout 1h -run 'ModelDoes|RandomHistories' ./wasm/internal/keyring -rapid.checks 2000
	@VIALOG_VERIFY=1 $(GO) test -count 1 -timeout 1h -v -run Verifier ./wasm/internal/join

# vectors adds missing test vectors; those that are there are never changed.
vectors: go
	@for d in $$(grep -l --include=*_test.go -rE '[.]Bool(Var)?[(].*"vectors"' relay shared wasm | xargs -n1 dirname | sort -u); do \
		$(GO) test -count 1 ./$$d -vectors; \
	done
	@git status --short -- '*/testdata/*'

# repro builds the app twice, in two places and with nothing kept, and compares.
repro: go
	@rm -rf build/repro && mkdir -p build/repro/one build/repro/two/deeper
	@for n in one two/deeper; do git ls-files -z | xargs -0 cp --parents -t build/repro/$$n; done
	@for n in one two/deeper; do \
		(cd build/repro/$$n && GOCACHE="$$PWD/build/cache" $(GO) run $(BUILD)); \
		(cd build/repro/$$n/web/dist && find . -type f ! -name .keep | LC_ALL=C sort | xargs sha256sum) > build/repro/$$(basename $$n).sum; \
		rm -rf build/repro/$$n/build; \
	done
	@cmp build/repro/one.sum build/repro/deeper.sum
	@echo "Both builds are the same, byte for byte. Their hashes are in build/repro/one.sum."

# release makes what is published: the app and the relay with it inside, signed.
# Where the key is on a machine without a network: make release SIGNER=..., which
# leaves build/release/app/release.txt to be signed there with scripts/release.
release: go
	@if [ -z "$(KEY)$(SIGNER)" ]; then echo 'Which key? make release KEY=/safe/place/key (go run ./scripts/release keygen makes one), or SIGNER=name+hash+key'; exit 2; fi
	@if [ -n "$$(git status --porcelain)" ]; then echo "Commit first: a release is what the sources say."; git status --short; exit 1; fi
	@set -e; signer='$(SIGNER)'; [ -z "$(KEY)" ] || signer=$$($(GO) run ./scripts/release verifier -key "$(KEY)"); \
	$(MAKE) --no-print-directory repro app SIGNER="$$signer" RELAY="$(RELAY)"; \
	(cd web/dist && find . -type f ! -name .keep | LC_ALL=C sort | xargs sha256sum) | cmp - build/repro/one.sum; \
	rm -rf build/release && mkdir -p build/release && cp -r web/dist build/release/app && rm -f build/release/app/.keep && cp -r build/host build/release/host; \
	if [ -z "$(KEY)" ]; then echo "Now sign build/release/app/release.txt, and copy it over web/dist/release.txt before building the relay."; exit 0; fi; \
	$(GO) run ./scripts/release sign -key "$(KEY)" build/release/app/release.txt; \
	$(GO) run ./scripts/release verify -signer "$$signer" build/release/app/release.txt; \
	cp build/release/app/release.txt web/dist/release.txt; \
	$(GO) build -trimpath -o build/release/relay ./relay; \
	$(GO) run ./scripts/bom -out build/release; \
	$(MAKE) --no-print-directory evidence; \
	echo "build/release has app, relay and host, and what they are made of. Users compare the hash above."

# evidence keeps the results of the tests for relay isms check -tests. What needs a browser runs in make test;
# what is skipped here is not evidenced there.
TESTED = ./...
evidence: go npm postgres
	@mkdir -p build/release
	@VIALOG_BROWSER=none VIALOG_FHIR="$$PWD/build/npm" VIALOG_CYCLONEDX="$$PWD/build/npm" $(GO) test -json -vet=off -count 1 -timeout 30m $(TESTED) > build/release/tests.json || \
		{ echo "Some tests fail, as build/release/tests.json says:"; grep '"Action":"fail"' build/release/tests.json | head; exit 1; }
	@echo "build/release/tests.json has the results of the tests, for relay isms check -tests."

clean:
	@rm -rf build
	@find web/dist -mindepth 1 -not -name .keep -delete

# --- what must be there ---

go:
	@if ! command -v $(GO) >/dev/null; then \
		echo "Go is missing. Get it from https://go.dev/dl/ (version $$(sed -n 's/^go //p' go.mod) or newer)."; exit 1; fi
	@have=$$(GOTOOLCHAIN=local $(GO) env GOVERSION | sed 's/^go//; s/[^0-9.].*//'); want=$$(sed -n 's/^go //p' go.mod); \
	if [ "$$(printf '%s\n%s\n' "$$want" "$$have" | sort -V | head -1)" != "$$want" ]; then \
		echo "Go $$have is too old; version $$want or newer is needed: https://go.dev/dl/"; exit 1; fi
	@mkdir -p build

node:
	@if command -v node >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs >/dev/null && exit 0; fi; \
	echo "Node is missing; it runs the WebAssembly tests: apt install nodejs, or https://nodejs.org"; exit 1

# npm brings what tests run in Node or in the page, in the versions of the lock file.
npm: node
	@if cmp -s scripts/npm/package-lock.json build/npm/done; then exit 0; fi; \
	if ! command -v npm >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq npm >/dev/null; fi; \
	if ! command -v npm >/dev/null; then \
		echo "npm is missing; it brings the accessibility checker and the definitions of FHIR: apt install npm, or https://nodejs.org"; exit 1; fi; \
	mkdir -p build/npm && cp scripts/npm/package.json scripts/npm/package-lock.json build/npm/ && \
	npm ci --prefix build/npm --ignore-scripts --no-audit --no-fund --silent && cp scripts/npm/package-lock.json build/npm/done

chromium:
	@if [ -n "$${VIALOG_BROWSER:-}" ] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0; fi; \
	echo "Chromium is missing; the tests drive the app in it. Install it (apt install chromium) or name it: VIALOG_BROWSER=/path make test"; exit 1

firefox:
	@if [ "$${VIALOG_FIREFOX:-}" = none ] || command -v firefox-esr firefox >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox-esr >/dev/null && exit 0; fi; \
	echo "Firefox is missing; the tests drive the app in it too. Install it (apt install firefox-esr) or do without: VIALOG_FIREFOX=none make test"; exit 1

postgres:
	@if [ "$${VIALOG_POSTGRES:-}" = none ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null && exit 0; fi; \
	echo "PostgreSQL is missing; the tests run the relay's store in it too. Install it (apt install postgresql) or do without: VIALOG_POSTGRES=none make test"; exit 1

webkit:
	@if [ "$${VIALOG_WEBKIT:-}" = none ] || command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null && [ -e /usr/share/i18n/locales/de_DE ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq webkit2gtk-driver xvfb locales >/dev/null && exit 0; fi; \
	echo "WebKitGTK is missing; the tests drive the app in it too. Install it (apt install webkit2gtk-driver xvfb locales) or do without: VIALOG_WEBKIT=none make test"; exit 1
