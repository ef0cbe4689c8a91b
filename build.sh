#!/usr/bin/env bash
# ./build.sh          builds the module, the npm package, the demo page and the command
# ./build.sh start    builds, then runs `deltabase dev` on 127.0.0.1 (port 8080, or PORT)
# ./build.sh watch    the same, and builds anew at each change; an open demo page loads again
# ./build.sh test     builds, then runs every test: under 40 minutes on two slow cores
# ./build.sh test quick   vets, and runs what answers in two minutes: Go without enumerations, js without a browser
# ./build.sh lint     checks formats and runs the linters
# ./build.sh size     builds, then prints the sizes and checks the module's budget
# ./build.sh sim N [SEED]              plays N seeds of the simulation, from SEED on (1)
# ./build.sh postgres     runs the tests of the server on a PostgreSQL of their own
# ./build.sh canaries [-canary NAME]   plants known bugs, which the simulation must find
# ./build.sh bench [--quick] [...]     measures the page beside other stores; bench/run.mjs says what else it takes
set -euo pipefail
cd "$(dirname "$0")"

fail() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

over=

# step NAME BUDGET COMMAND... runs a command and prints how long it took, of how many seconds it may take on two slow
# cores. A step that takes longer is told at the end as well: it has to do less, whatever it finds.
step() {
  local name=$1 budget=$2 began=$SECONDS took
  shift 2
  printf '== %s\n' "$name"
  "$@" || fail "$name failed; what went wrong stands above"
  took=$((SECONDS - began))
  printf '== %s: %d s of %d\n' "$name" "$took" "$budget"
  [ "$took" -le "$budget" ] || over="$over, $name ($took s of $budget)"
}

# done_testing NAME BEGAN prints the end of a run of tests.
done_testing() {
  [ -z "$over" ] || printf '== over their budget: %s\n' "${over#, }"
  printf '== %s passed: %d s\n' "$1" $((SECONDS - $2))
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
  step 'npm packages' 60 npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
}

build() {
  tools
  packages
  step 'module and npm package (dist)' 90 node js/build.mjs
  step 'command (bin/deltabase)' 30 go build -trimpath -o bin/deltabase ./cmd/deltabase
  step 'demo page (web/dist)' 10 node web/build.mjs
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

# postgres starts a PostgreSQL for the tests in a folder of its own, which goes when the build ends, and installs it where
# that is possible. It does not run as root. DELTABASE_TEST_POSTGRES names another one, which is left alone.
database=
postgres_control=true
postgres() {
  local bin port as=
  [ -z "${DELTABASE_TEST_POSTGRES:-}" ] || return 0
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
  if [ -z "$bin" ] && ! command -v initdb >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql; } >&2 \
      || fail 'apt-get could not install postgresql; install it by hand'
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
  fi
  [ -n "$bin" ] || command -v initdb >/dev/null \
    || fail 'the tests of server/postgres need PostgreSQL 15 or later; install it (Debian: sudo apt-get install postgresql), or set DELTABASE_TEST_POSTGRES to the address of one for tests'
  [ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
  database=$(mktemp -d /tmp/deltabase-postgres.XXXXXX)
  trap stop_postgres EXIT
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || fail 'PostgreSQL does not run as root, and there is no user postgres; install the package postgresql'
    chown postgres "$database"
    as='setpriv --reuid=postgres --regid=postgres --clear-groups'
  fi
  port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  (cd "$database" && $as "$bin/initdb" -D "$database/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$database/initdb.log") \
    || fail "initdb failed; $database/initdb.log says why"
  (cd "$database" && $as "$bin/pg_ctl" -D "$database/data" -w -t 60 -l "$database/log" \
    -o "-p $port -k $database -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200" start >/dev/null) \
    || { cat "$database/log" >&2; fail 'PostgreSQL does not start'; }
  export DELTABASE_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
  postgres_control="$as $bin/pg_ctl -D $database/data -w -t 60 -l $database/log"
}

stop_postgres() {
  [ -n "$database" ] || return 0
  (cd "$database" && $postgres_control -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$database"
  database=
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

# The load test is a module of its own, whose peer the server does not have.
vet_load_test() { (cd bench/server && go vet ./...); }

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

# same_trace plays the same seeds natively and under js/wasm: none fails, and every event, effect and byte is the same.
same_trace() {
  local folder native wasm
  folder=$(mktemp -d)
  go build -o "$folder/sim" ./sim/run && GOOS=js GOARCH=wasm go build -o "$folder/sim.wasm" ./sim/run || return 1
  "$folder/sim" -seeds 200 -hash >"$folder/native" || { cat "$folder/native"; return 1; }
  native=$(grep '^hash=' "$folder/native")
  tail -n 1 "$folder/native"
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

# The simulation plays the same 200 seeds each time, natively and under js/wasm, and then new ones for as long as this.
# One or two new seeds in a thousand find something rare (sim/RECORD.md). It is told, for whoever looks into
# it; what breaks more often than that stops the run.
fresh() { simulate -seeds 0 -fresh 4m -tolerate 12; }

run_tests() {
  local began=$SECONDS
  CHROMIUM=$(browser)
  export CHROMIUM
  network
  postgres
  build
  step 'sizes' 20 node test/size.mjs
  step 'format and lint' 150 lint
  step 'go vet' 60 vet
  step 'go vet of bench/server' 90 vet_load_test
  step 'go test' 360 go_test
  [ -z "$database" ] || step 'server while PostgreSQL restarts' 30 \
    env DELTABASE_TEST_POSTGRES_RESTART="$postgres_control" go test -count=1 -run TestPostgresRestarts ./cmd/deltabase
  step 'server core under js/wasm' 40 core
  step 'simulation: the same traces natively and under js/wasm' 90 same_trace
  step 'simulation: new seeds' 250 fresh
  step 'canaries' 240 canaries
  step 'types and unit tests of js' 30 node js/build.mjs --test
  step 'browser and end-to-end tests' 1200 node test/run.mjs
  done_testing 'all tests' "$began"
}

run_quick() {
  local began=$SECONDS
  tools
  packages
  step 'go vet' 30 go vet ./...
  step 'go test' 80 go test -short ./...
  step 'types and unit tests of js' 20 node js/build.mjs --test
  done_testing 'quick tests' "$began"
}

case ${1:-build} in
  build) build ;;
  start) build; exec bin/deltabase dev ;;
  watch) tools; packages; exec node web/watch.mjs ;;
  test)
    case ${2:-all} in
      all) run_tests ;;
      quick) run_quick ;;
      *) fail './build.sh test runs all, ./build.sh test quick what is quick' ;;
    esac ;;
  lint) tools; packages; step 'format and lint' 150 lint ;;
  size) build; step 'sizes' 20 node test/size.mjs ;;
  sim)
    [ $# -ge 2 ] || fail 'how many seeds? ./build.sh sim N [SEED]'
    tools
    simulate -seeds "$2" -first "${3:-1}" ;;
  postgres)
    tools
    postgres
    step 'server on PostgreSQL' 100 env DELTABASE_TEST_POSTGRES_RESTART= go test -count=1 -run 'Postgres|TestTables|TestScripts/.*PostgreSQL' ./server ./cmd/deltabase
    step 'back end' 60 go test -count=1 ./server/postgres
    step 'server while PostgreSQL restarts' 30 \
      env DELTABASE_TEST_POSTGRES_RESTART="$postgres_control" go test -count=1 -run TestPostgresRestarts ./cmd/deltabase ;;
  canaries) shift; step 'canaries' 240 canaries "$@" ;;
  bench)
    shift
    CHROMIUM=$(browser)
    export CHROMIUM
    build
    exec node bench/run.mjs "$@" ;;
  *) sed -n '2,12s/^# //p' build.sh; exit 2 ;;
esac
