# shellcheck shell=bash
# What .ci/trino and .ci/opensearch share: a server for the tests, on 127.0.0.1
# and shared by all of them, known by the state file in its cache folder. The
# script that sources this sets
#
#   name title commands    of the script, of one server, of the command line
#   version least_java     of the server, and what it needs
#   complaint              the pattern of the log line that says why it ended
#
# and defines
#
#   ready URL              whether the server there takes requests
#   unpack FOLDER          fetch the server to FOLDER/server
#   configure RUN PORT     fill the folder of a run
#   serve RUN JAVA_HOME    exec the server, $RUN/ among its arguments
#
# and check, where something else can keep the server from being had.

patience=120 # seconds from the start to the first answer
cache=${SIGMAHUNT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sigmahunt}/$name-$version
state=$cache/state
runs=$cache/run # where the folders of runs are made
user=()         # the command that runs another one as the server's user
off=SIGMAHUNT_${name^^}
small=SIGMAHUNT_SMALL # not empty: the server is for many small requests, so it compiles little

# fail CODE REASON: one line, and the end.
fail() {
  echo ".ci/$name: $2" >&2
  exit "$1"
}

check() { :; }

# get KEY: one line of the state file.
get() { sed -n "s/^$1=//p" "$state" 2>/dev/null || true; }

# ask [OPTION...] URL: what the server says.
ask() { curl -sf --noproxy '*' --max-time 5 "$@"; }

# ours PID RUN: whether the process is the server of that run, and not one that
# got its number later.
ours() { [[ -n $1 && -n $2 && $(ps -ww -o args= -p "$1" 2>/dev/null) == *"$2/"* ]]; }

# locked FUNCTION: one start or stop at a time.
locked() {
  command -v flock >/dev/null || fail 3 "no flock"
  mkdir -p "$cache" || fail 3 "cannot make the cache folder"
  (
    flock 9
    "$1"
  ) 9>"$cache/lock"
}

# java_home: the first Java that is new enough and that the server's user can run.
java_home() {
  local java major
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" /usr/lib/jvm/*/bin/java "$(command -v java || true)"; do
    [[ -x $java ]] || continue
    major=$("${user[@]}" "$java" -version 2>&1 | sed -n 's/^[a-z]* version "\([0-9]*\).*/\1/p')
    if ((${major:-0} >= least_java)); then
      "${user[@]}" "$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
      return
    fi
  done
  fail 3 "no Java of version $least_java or newer"
}

# fetch GROUP ARTIFACT KIND FOLDER: from Maven Central, or from Maven's own
# cache, unpacked as FOLDER/ARTIFACT-VERSION.
fetch() {
  local plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1 file=$4/$2-$version.$3 said
  said=$(mvn -B -q "$plugin:get" "$plugin:copy" -Dartifact="$1:$2:$version:$3" -Dtransitive=false \
    -DoutputDirectory="$4" 2>&1 </dev/null) ||
    fail 3 "cannot download $1:$2:$version:$3: $(sed -n 's/^.*\[ERROR\] *//p' <<<"$said" | head -n 1 | cut -c1-300)"
  case $3 in
    zip) unzip -q "$file" -d "$4" ;;
    *) tar -xzf "$file" -C "$4" ;;
  esac || fail 3 "cannot unpack $2"
}

# install: the server in $cache/server, whole or not at all.
install() {
  [[ -d $cache/server ]] && return
  command -v mvn >/dev/null || fail 3 "no Maven (mvn)"
  command -v unzip >/dev/null || fail 3 "no unzip"
  local part=$cache/part
  rm -rf "$part"
  trap 'rm -rf "$cache/part"' EXIT
  mkdir -p "$part"
  unpack "$part"
  mv "$part/server" "$cache/server"
  rm -rf "$part"
  trap - EXIT
}

# free_port [OTHER]: one below the range that the system gives to clients.
free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); [[ $port == "${1:-}" ]] || (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# launch: starts the server and waits for it. The run is known by its state
# file from its first moment, so that stop works at any time.
launch() {
  if ready "$(get url)"; then
    return
  fi
  finish
  local java run port pid
  check
  java=$(java_home)
  command -v curl >/dev/null || fail 3 "no curl"
  install
  mkdir -p "$runs"
  run=$(mktemp -d "$runs/sigmahunt-$name.XXXXXX")
  echo "run=$run" >"$state"
  trap finish EXIT
  port=$(free_port)
  configure "$run" "$port"
  set -m # a process group of its own: an interrupt of the tests is not for the server
  serve "$run" "$java" >"$run/log" 2>&1 </dev/null 9>&- &
  pid=$!
  set +m
  printf '%s\n' "pid=$pid" "url=http://127.0.0.1:$port" >>"$state"
  await "$pid" "$run" "http://127.0.0.1:$port"
  trap - EXIT
}

# await PID RUN URL: until the server is ready, has ended, or takes too long.
await() {
  local until=$((SECONDS + patience)) why
  until ready "$3"; do
    if ! kill -0 "$1" 2>/dev/null; then
      why=$(grep -m1 -E "$complaint" "$2/log" | cut -c1-300 || true)
      fail 1 "the server ended at its start: ${why:-no reason given}"
    fi
    ((SECONDS < until)) || fail 1 "the server gave no answer in $patience seconds"
    sleep 0.3
  done
}

# finish: ends the server of the state file, and what it left.
finish() {
  local pid run try
  pid=$(get pid) run=$(get run)
  if ours "$pid" "$run"; then
    kill "$pid" 2>/dev/null || true
    for ((try = 0; try < 100; try++)); do
      ours "$pid" "$run" || break
      sleep 0.1
    done
    if ours "$pid" "$run"; then kill -9 "$pid" || true; fi
  fi
  [[ -z $run ]] || rm -rf "$run"
  rm -f "$state"
}

# url: of the server that answers.
url() {
  local at
  at=$(get url)
  ready "$at" && echo "$at"
}

# with COMMAND...: ends as the command does. What it starts is for the requests of
# tests; benchmarks are for one that start made. An interrupt waits for the start or
# the command to end, and then stops the server too.
with() {
  local code=0
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [[ ${!off:-} != off ]] && ! url >/dev/null; then
    trap '"$0" stop' EXIT
    env "$small=1" "$0" start >/dev/null || code=$?
    if ((code != 0)); then
      trap - EXIT
      ((code == 3)) || exit "$code"
      export "$off=off"
      echo ".ci/$name: the tests that need $title are skipped" >&2
    fi
  fi
  "$@"
}

# run_command COMMAND...: the command line. No && or || after a function:
# errexit does not hold inside it then.
run_command() {
  case ${1:-} in
    start)
      locked launch
      get url
      ;;
    stop) locked finish ;;
    url) url ;;
    with)
      shift
      with "$@"
      ;;
    *) fail 2 "$commands" ;;
  esac
}
