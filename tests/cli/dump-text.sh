#!/bin/sh
# chunk-dump --text prints a line of the notation for each chunk.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump --text "$data/req.chunk"
expect_status 0
expect_no_err
expect_out NOOP 'ECHO:hi there!' CMPU:OPER=+:OPND=3:OPND=4 SHUT

run chunk-dump --text <"$data/rep.chunk"
expect_status 0
expect_no_err
expect_out NOOP 'ECHO:hi there!' ANSR:STS%20=1:VALU=7 NOOP

run chunk-dump --text "$data/evil.chunk"
expect_status 0
expect_no_err
expect_out '%1b[2J:%1b]0;pwned%07%c2%9b31m' 'ECHO:na%c3%afve %e2%80%ae gnp.exe' 'a%0ab%00:x'

printf '%%:= \3\0\0\0 \0 @#>,\2\0\0\0@aTEXT\1\0\0\0 ECHO\11\0\0\0%%:=,@#  b' >odd
run chunk-dump --text odd
expect_status 0
expect_no_err
expect_out '%25%3a%3d%20:%20%00%20' '%40%23%3e%2c:%40a' TEXT:%20 'ECHO:%25%3a%3d,@#  b'
