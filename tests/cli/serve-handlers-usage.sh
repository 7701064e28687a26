#!/bin/sh
# chunk-serve refuses contradictory handlers before it listens.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses REASON ARGUMENT...
refuses() {
  reason=$1
  shift
  run chunk-serve "$@" ./socket
  expect_status 2
  expect_no_out
  head -n 1 err >first
  expect_file first "chunk-serve: $reason"
  [ ! -e socket ] || fail 'it listened all the same'
}

refuses "--exec: 'cat' is not ID=COMMAND" --exec cat
refuses "--exec: 'ECH' is not an ID of four bytes" --exec ECH=cat
refuses "--exec: 'ECHO=' has no command" --exec ECHO=
refuses "--exec: 'ECHO' is there twice" --exec ECHO=cat --exec ECHO=rev
refuses '--worker: the value is empty' --worker ''
refuses '--script excludes --exec' --exec ECHO=cat --script none
refuses '--exec excludes --forward' --exec ECHO=cat --forward ./up
refuses '--worker excludes --forward' --worker cat --forward ./up
refuses '--protocol excludes --forward' -p example --forward ./up
refuses "--forward: '-': cannot be connected to again and again" --forward -
refuses '--jobs requires --exec' --jobs 3 --worker cat
refuses '--workers requires --worker' --workers 3 --exec ECHO=cat
refuses '--worker-depth requires --worker' --worker-depth 3 --exec ECHO=cat
refuses '--max-reply requires --exec or --worker' --max-reply 3
refuses '--tls-ca requires --forward to a tls: address' --tls-ca none --forward ./up
refuses '--jobs: the number 4097 is not from 1 to 4096' --exec ECHO=cat --jobs 4097
refuses '--workers: the number 0 is not from 1 to 4096' --worker cat --workers 0
printf '[GETK]\n[PUTK]\n' >kv.toml
# An ID that the protocol does not have can be answered, but a likely mistake is told.
for option in -v -q; do
  start server chunk-serve "$option" -p ./kv.toml --exec GETX=cat --exec PUTK=cat --exec OTHR=cat unix:kv
  stop "$pid"
  grep -v '^time=' server.err >remarks || :
  if [ "$option" = -q ]; then set --; else set -- 'chunk-serve: --exec: ./kv.toml has no GETX; did you mean GETK?'; fi
  expect_file remarks "$@"
done
refuses "no handlers for the protocol 'none'; there is example, and yours by --exec, --worker or --script" -p none
