#!/bin/sh
# chunk-send reads contents from a file after @, whatever its name, and from standard input.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

printf 'a%%:\000c' >odd:name=%31
: >empty
run chunk-send ECHO:@odd:name=%31 CMPU:OPER=@empty:OPND=@empty:OPND=x
expect_status 0
expect_no_err
expect_hex out '4543484f05000000 61253a0063' \
  '434d505519000000 4f50455200000000 4f504e4400000000 4f504e4401000000 78'

printf hi >input
run chunk-send ECHO,fill=5:@- <input
expect_status 0
expect_no_err
expect_hex out '4543484f05000000 6869686968'
