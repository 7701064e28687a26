#!/bin/sh
# One allocation fails, or all from one on: a tool gives the right result, or ends with a documented status
# and one line that says why; a server loses at most one client. Nothing is aborted, and no socket file is
# left behind.
#
# memory.sh [short|long] [SCENARIO...]    short, the default: some allocations of each scenario; long: each
#
# CHUNK_TOOLS is the directory of the tools, CHUNK_MEMORY_FAULTS the library made of memory_faults.cpp.
# For each scenario it prints the number of cases, and what was found.
set -eu
: "${CHUNK_TOOLS:?is the directory of the tools}"
: "${CHUNK_MEMORY_FAULTS:?is the library that makes allocations fail}"
PATH=$CHUNK_TOOLS:$PATH
LC_ALL=C
export PATH LC_ALL
exec </dev/null

form=short
case ${1:-} in short | long) form=$1 && shift ;; esac
wanted=$*

# How many cases of each kind a scenario has in the short form. Chosen: it takes half a minute.
most_cases=${CHUNK_FAULT_CASES:-12}

# Nothing here takes a second; a case that takes ten hangs.
limit=10

directory=$(mktemp -d "${TMPDIR:-/tmp}/chunk-faults.XXXXXX")
trap 'rm -rf -- "$directory"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the table ---

# One scenario a line: NAME KIND COMMAND. What a right result is, the kind says:
#   tool     the command puts out what it does without a failure, or ends with 3 or 6 and one line
#   test     likewise, but it may also end with 1, and tells more of what has failed
#   answers  a server at ./s that answers ECHO
#   secures  likewise, and its second address uses TLS
#   merges   a server at ./s that puts out what its clients send
#   spreads  a server at ./s that sends its standard input to its clients
# Servers that nothing fails in: ./peer, $tcp and $tls answer, ./giver sends a chunk to each client.
scenarios() {
  cat <<'END'
dump          tool     chunk-dump stream
dump-json     tool     chunk-dump -F json stream
dump-summary  tool     chunk-dump --summary stream
dump-check    tool     chunk-dump --check -p example stream
dump-resync   tool     chunk-dump --resync --list stream
recv          tool     chunk-recv -F text <stream
recv-json     tool     chunk-recv -F json <stream
recv-split    tool     chunk-recv --split out-{index} <stream
recv-exec     tool     chunk-recv --exec cat <stream
recv-connect  tool     chunk-recv -F text -w 5 -c ./giver
send          tool     chunk-send NOOP ECHO:a CMPU:OPER=+:OPND=3:OPND=4
send-pass     tool     chunk-send <stream
send-json     tool     chunk-send --from json <stream.json
send-request  tool     chunk-send -w 5 -c ./peer request:ECHO:a NOOP
send-test     test     chunk-send -w 5 -c ./peer -f script
send-load     test     chunk-send -w 5 -c ./peer --clients 3 -f script >/dev/null
send-name     tool     chunk-send -w 5 -c tcp:localhost:${tcp##*:} request:ECHO:a
send-tls      tool     chunk-send -w 5 -c $tls --tls-ca ca.pem request:ECHO:a
serve         answers  chunk-serve ./s
serve-tcp     answers  chunk-serve ./s tcp:127.0.0.1:0 --metrics ./m
serve-exec    answers  chunk-serve ./s --exec ECHO=cat
serve-worker  answers  chunk-serve ./s --worker 'chunk-serve -q -' -p example
serve-forward answers  chunk-serve ./s --forward ./peer
serve-script  answers  chunk-serve ./s --script answer
serve-tls     secures  chunk-serve ./s tls:127.0.0.1:0 --tls-cert cert.pem
tap           answers  chunk-dump --tap ./s ./peer
merge         merges   chunk-recv -k -F text -l ./s
merge-split   merges   chunk-recv -k -F text -v -l ./s
spread        spreads  chunk-send -k -l ./s
END
}

# --- the cases ---

# with_fault COMMAND: runs a shell command, with the allocations of its first process failing as AT and
# LASTING say. Without --foreground, timeout would pass a signal on twice.
with_fault() {
  exec timeout --foreground -s KILL "$limit" env LD_PRELOAD="$CHUNK_MEMORY_FAULTS" CHUNK_FAULT_AT="$at" \
    ${lasting:+CHUNK_FAULT_LASTING=1} CHUNK_FAULT_COUNT=count "$@"
}

counted() {
  od -An -tu8 count 2>/dev/null | tr -d ' '
}

found() {
  findings=$((findings + 1))
  echo "$name: allocation $at${lasting:+ and later ones}: $*" >>findings
}

# is_explained FILE: it is one line, or of a test some lines, and begins with the name of a tool.
is_explained() {
  head -n 1 "$1" | grep -q '^chunk-[a-z]*: ' || return 1
  [ "$kind" = test ] || [ "$(wc -l <"$1")" -eq 1 ]
}

judge_tool() {
  rm -f out-*
  status=0
  # shellcheck disable=SC2154 # set by the caller
  (eval "with_fault $command") >out 2>err || status=$?
  case $status in
    0)
      if ! cmp -s out right || [ "$(set -- out-* && echo $#)" != "$files" ]; then
        found 'status 0 with another result'
      fi
      ;;
    3 | 6) is_explained err || found "status $status: $(cat err)" ;;
    1) [ "$kind" = test ] || found "status 1: $(cat err)" ;;
    *) found "status $status: $(cat err)" ;;
  esac
}

# ask: a client of the server at ./s. Succeeds if it is served.
ask() {
  case $kind in
    secures)
      [ "$(timeout 5 chunk-send -q -w 4 -c "$address" --tls-ca ca.pem request:ECHO:hi 2>/dev/null)" = ECHO:hi ]
      ;;
    answers) [ "$(timeout 5 chunk-send -q -w 4 -c ./s request:ECHO:hi 2>/dev/null)" = ECHO:hi ] ;;
    merges) timeout 5 chunk-send -q -w 4 -c ./s "ECHO:$1" 2>/dev/null && shows "ECHO:$1" ;;
    spreads) [ "$(timeout 5 chunk-recv -q -w 4 -n 1 -F text -c ./s 2>/dev/null)" = ECHO:hi ] ;;
  esac
}

shows() {
  tries=0
  until grep -qx "$1" out; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || return 1
    sleep 0.01
  done
}

# What a server may end with: it was told to, or could not start.
judge_server_end() {
  case $status in
    0 | 143) ;;
    1) ;; # a client was lost
    3 | 6) grep -q '^chunk-[a-z]*: \|level=error' err || found "status $status without a line" ;;
    *) found "status $status: $(tail -n 3 err)" ;;
  esac
  [ ! -e s ] || found "the socket file is still there: $(tail -n 3 err)"
  rm -f s m
}

judge_server() {
  rm -f ready feed
  mkfifo ready feed
  input=/dev/null
  if [ "$kind" = spreads ]; then
    input=feed
    chunk-send repeat:1000000000 ECHO:hi end >feed 2>/dev/null &
  fi
  (eval "with_fault $command --ready-fd 3" <"$input" >out 2>err 3>ready 9<&-) &
  server=$!
  exec 9<ready
  address=
  read -r address <&9 || :
  if [ "$kind" = secures ]; then read -r address <&9 || :; fi
  status=0
  if [ -n "$address" ]; then
    served=0
    for client in 1 2 3; do
      if ask "$client"; then served=$((served + 1)); fi
    done
    # The one that was served when it happened may be lost.
    if [ -z "$lasting" ] && [ "$served" -lt 2 ]; then
      found "only $served of 3 clients were served: $(tail -n 3 err)"
    fi
    # The process of timeout passes it on.
    kill "$server" 2>/dev/null || :
  fi
  wait "$server" || status=$?
  judge_server_end
}

judge() {
  cases=$((cases + 1))
  case $kind in tool | test) judge_tool ;; *) judge_server ;; esac
}

# for_each_case FIRST LAST: calls judge with `at` at each number of the range, or some of them.
for_each_case() {
  at=$1
  step=1
  if [ "$form" = short ] && [ $(($2 - $1)) -gt "$most_cases" ]; then
    step=$((($2 - $1) / most_cases))
  fi
  while [ "$at" -le "$2" ]; do
    judge
    at=$((at + step))
  done
}

# --- a scenario ---

# perform NAME KIND COMMAND: in a directory of its own
perform() {
  name=$1
  kind=$2
  command=$3
  cases=0
  findings=0
  mkdir "$directory/$name"
  cd "$directory/$name"
  ln -s ../peer ../giver ../*.pem ../stream ../stream.json ../script ../answer .
  : >findings

  # Without a failure: the result, and the number of allocations, in the start and in all
  at=0
  lasting=
  tool=${command%% *}
  (with_fault "$tool" --version) >/dev/null
  start=$(counted)
  judge_first
  total=$(counted)
  for lasting in '' yes; do
    for_each_case 1 "$start"
    for_each_case "$start" "$total"
  done
  cat findings >&2
  printf '%-14s %6d cases  %4d findings\n' "$name" "$cases" "$findings"
  [ "$findings" -eq 0 ]
}

judge_first() {
  if [ "$kind" = tool ] || [ "$kind" = test ]; then
    (eval "with_fault $command") >right 2>err || found "status $? without a failure: $(cat err)"
    files=$(set -- out-* && echo $#)
  else
    judge_server
  fi
}

# --- what all scenarios use ---

cd "$directory"
chunk-send NOOP ECHO:hi CMPU:OPER=+:OPND=3:OPND=4 ECHO,fill=3000:xyz ANSR:STS%20=1:VALU=7 >stream
chunk-dump -F json stream >stream.json
cat >script <<'END'
let:a=hi
ECHO:%{a}
expect:ECHO:hi
NOOP
expect:NOOP
END
cat >answer <<'END'
expect:ECHO:hi
ECHO:hi
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out ca.pem -days 2 \
  -subj /CN=test -addext subjectAltName=IP:127.0.0.1 2>openssl.err
cat ca.pem key.pem >cert.pem
echo ECHO:hi >give

helpers=
trap 'kill $helpers 2>/dev/null; wait; rm -rf -- "$directory"' EXIT
mkfifo ready given
chunk-serve -q --max-per-peer 1000 --tls-cert cert.pem --ready-fd 3 ./peer tcp:127.0.0.1:0 tls:127.0.0.1:0 \
  3>ready &
helpers="$helpers $!"
# shellcheck disable=SC2034 # commands of the table use them
read -r _ tcp tls <<END
$(head -n 3 ready | tr '\n' ' ')
END
chunk-serve -q --script give --ready-fd 3 ./giver 3>given &
helpers="$helpers $!"
read -r _ <given
scenarios >table
# perform_some LANE: those scenarios whose number leaves this rest
perform_some() {
  number=0
  failed=0
  while read -r name kind command <&8; do
    case " $wanted " in "  " | *" $name "*) ;; *) continue ;; esac
    number=$((number + 1))
    [ $((number % lanes)) -eq "$1" ] || continue
    (perform "$name" "$kind" "$command") || failed=1
  done 8<table
  return "$failed"
}

lanes=$(nproc)
all=
lane=0
while [ "$lane" -lt "$lanes" ]; do
  perform_some "$lane" &
  all="$all $!"
  lane=$((lane + 1))
done
result=0
for each in $all; do wait "$each" || result=1; done
exit "$result"
