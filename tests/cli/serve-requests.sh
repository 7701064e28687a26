#!/bin/sh
# chunk-serve answers the requests of the example protocol.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
# answers REPLY REQUEST
answers() {
  run chunk-send -c unix:server "requestd:$2"
  expect_status 0
  expect_no_err
  expect_out "$1"
}

answers NOOP NOOP
answers NOOP NOOP:ignored
answers ECHO ECHO
answers 'ECHO:hi there!' 'ECHO:hi there!'
answers NOOP DLAY:NTVL=0.01
answers ANSR:STS%20=1:VALU=7.0 CMPU:OPER=+:OPND=3:OPND=4
answers ANSR:STS%20=0 CMPU:OPER=/:OPND=3:OPND=0
answers 'ANSR:STS%20=1:VALU=(4-2j)' CMPU:OPER=+:OPND=1+2j:OPND=3-4j
