#!/usr/bin/env bash
# ./build.sh          builds the module, the npm package, the demo page and the command
# ./build.sh start    builds, then runs `deltabase dev` on 127.0.0.1 (port 8080, or PORT)
# ./build.sh test     builds, then runs every test
# ./build.sh lint     checks formats and runs the linters
# ./build.sh size     builds, then prints the sizes and checks the module's budget
# ./build.sh sim N [SEED]              plays N seeds of the simulation, from SEED on (1)
# ./build.sh canaries [-canary NAME]   plants known bugs, which the simulation must find
set -euo pipefail
cd "$(dirname "$0")"

fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# step NAME COMMAND... runs a command and prints how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  printf '== %s\n' "$name"
  "$@" || fail "$name failed; what went wrong stands above"
  printf '== %s: %d s\n' "$name" $((SECONDS - began))
}

tools() {
  command -v git >/dev/null || fail 'git is missing; install it and try again'
  command -v go >/dev/null || fail 'Go is missing; install Go 1.26 or later from https://go.dev/dl and try again'
  command -v node >/dev/null || fail 'Node is missing; install Node 20 or later from https://nodejs.org and try again'
  [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fail "Node $(node -v) is too old; install Node 20 or later and try again"
  command -v npm >/dev/null || fail 'npm is missing; it comes with Node: install Node 20 or later with npm and try again'
}

packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  step 'npm packages' npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
}

build() {
  tools
  packages
  step 'module and npm package (dist)' node js/build.mjs
  step 'command (bin/deltabase)' go build -trimpath -o bin/deltabase ./cmd/deltabase
  step 'demo page (web/dist)' node web/build.mjs
}

# browser prints where Chromium is, and installs it where that is possible.
browser() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" && return
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; } >&2 \
      || fail 'apt-get could not install chromium; install Chromium by hand, or set CHROMIUM to the path of one'
    command -v chromium && return
  fi
  fail 'the browser tests need Chromium; install it (Debian: sudo apt-get install chromium), or set CHROMIUM to its path'
}

# network installs ip, with which a test makes networks of its own, where that is possible.
network() {
  command -v ip >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends iproute2; } >&2 \
      || fail 'apt-get could not install iproute2; install it by hand'
  fi
}

# lint checks that every file has its formatter's form, and runs the linters: Biome by npm, staticcheck by Go modules.
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
lint() {
  local unformatted
  unformatted=$(git ls-files -co --exclude-standard '*.go' | while read -r file; do [ ! -e "$file" ] || echo "$file"; done | xargs gofmt -l)
  [ -z "$unformatted" ] || { printf 'run gofmt -w on:\n%s\n' "$unformatted"; return 1; }
  node_modules/.bin/biome ci --colors=off --error-on-warnings || return 1
  GOBIN=$PWD/.cache/bin go install "$staticcheck" || return 1
  .cache/bin/staticcheck ./... || return 1
  .cache/bin/staticcheck -tags canary ./sim/... ./internal/... || return 1
  # It takes what JavaScript calls in the module for unused.
  GOOS=js GOARCH=wasm .cache/bin/staticcheck -checks inherit,-U1000 ./wasm ./store/indexeddb
}

vet() { go vet ./... && go vet -tags canary ./sim/... ./internal/... && GOOS=js GOARCH=wasm go vet ./wasm ./store/... ./sync/...; }

# The packages that decide what happens to data, and how much of them tests must reach, in per cent;
# so must the stories of the engine in all its rooms together.
covered='record conflict query'
coverage_min=95

# go_test runs every Go test once, those of the covered packages with their coverage.
go_test() {
  local list output
  list=$(printf '|%s' $covered)
  output=$(go test -cover $(printf './%s ' $covered) && go test -cover -coverpkg=./sync/... ./sync) || { printf '%s\n' "$output"; return 1; }
  printf '%s\n' "$output"
  printf '%s\n' "$output" | awk -v least="$coverage_min" '
    match($0, /coverage: [0-9.]+%/) && substr($0, RSTART + 10, RLENGTH - 11) + 0 < least {
      print $2 ": its tests reach less than " least " % of it; go test -coverprofile shows what they leave out"
      low = 1
    }
    END { exit low }' || return 1
  go test $(go list ./... | grep -Ev "^$(go list -m)/(${list#|}|sync)$")
}

# core runs the server's scripts on the build that hosts without a system have.
core() {
  GOOS=js GOARCH=wasm go test -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" -run TestScripts ./server
}

# simulate plays seeds; the arguments are those of sim/run. Its last line has the totals.
simulate() {
  local folder status=0
  folder=$(mktemp -d)
  go build -o "$folder/sim" ./sim/run && "$folder/sim" "$@" || status=$?
  rm -rf "$folder"
  return $status
}

# same_trace plays the same seeds natively and under js/wasm: every event, effect and byte is the same.
same_trace() {
  local folder native wasm
  folder=$(mktemp -d)
  go build -o "$folder/sim" ./sim/run && GOOS=js GOARCH=wasm go build -o "$folder/sim.wasm" ./sim/run || return 1
  native=$("$folder/sim" -seeds 200 -hash -shrink 0 -failures 0 | grep '^hash=')
  wasm=$(node --stack-size=8192 "$(go env GOROOT)/lib/wasm/wasm_exec_node.js" "$folder/sim.wasm" -seeds 200 -hash -shrink 0 -failures 0 | grep '^hash=')
  rm -rf "$folder"
  printf 'native  %s\njs/wasm %s\n' "$native" "$wasm"
  [ -n "$native" ] && [ "$native" = "$wasm" ]
}

# canaries plants one bug after the other; the arguments are those of sim/canaries.
canaries() {
  local folder status=0
  folder=$(mktemp -d)
  go build -tags canary -o "$folder/canaries" ./sim/canaries && "$folder/canaries" "$@" || status=$?
  rm -rf "$folder"
  return $status
}

run_tests() {
  local began=$SECONDS
  CHROMIUM=$(browser)
  export CHROMIUM
  network
  build
  step 'sizes' node test/size.mjs
  step 'format and lint' lint
  step 'go vet' vet
  step 'go test' go_test
  step 'server core under js/wasm' core
  # A rare finding of a fresh seed is told and stops nobody; what breaks more often than that does.
  step 'simulation' simulate -seeds 1000 -fresh 3m -tolerate 2
  step 'canaries' canaries
  step 'the same traces natively and under js/wasm' same_trace
  step 'types and unit tests of js' node js/build.mjs --test
  step 'browser and end-to-end tests' node --test --test-concurrency=1 --test-reporter=spec test/*.test.mjs
  printf '== all tests passed: %d s\n' $((SECONDS - began))
}

case ${1:-build} in
  build) build ;;
  start) build; exec bin/deltabase dev ;;
  test) run_tests ;;
  lint) tools; packages; step 'format and lint' lint ;;
  size) build; step 'sizes' node test/size.mjs ;;
  sim)
    [ $# -ge 2 ] || fail 'how many seeds? ./build.sh sim N [SEED]'
    tools
    simulate -seeds "$2" -first "${3:-1}" ;;
  canaries) shift; step 'canaries' canaries "$@" ;;
  *) sed -n '2,9s/^# //p' build.sh; exit 2 ;;
esac
