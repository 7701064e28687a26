#!/bin/sh
# chunk-send -f performs the actions of a script, ignoring comments, blank lines, outer blanks and CR.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

printf '# a comment\n\nNOOP\r\n\r\n \tECHO:a b \t\n  # indented: zz%%zz\nraw-send:%%20#x\nECHO:c%%20' >script
run chunk-send -f script
expect_status 0
expect_no_err
expect_hex out '4e4f4f5000000000 4543484f03000000 612062 202378 4543484f02000000 6320'

# Actions come before scripts, scripts in their order; - is standard input.
printf 'ECHO:2\n' >second
printf 'ECHO:3\n' >third
run chunk-send -f script -f - ECHO:1 --script second <third
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 31' \
  '4e4f4f5000000000 4543484f03000000 612062 202378 4543484f02000000 6320' \
  '4543484f01000000 33' '4543484f01000000 32'

# Names of files behind -f are further scripts, but an action stays one whatever files there are.
printf 'ECHO:4\n' >NOOP
cp second second.script
cp third third.script
run chunk-send -f second.script third.script ECHO:1 NOOP
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 31' '4e4f4f5000000000' '4543484f01000000 32' '4543484f01000000 33'
run chunk-send -f second.script missing.script
expect_status 6
expect_err 'chunk-send: missing.script: no such file or directory'
run chunk-send third.script
expect_status 2
expect_no_out
expect_err 'chunk-send: third.script: a file; -f performs a script, and @ sends a stream'
rm NOOP

# A script without actions sends nothing; standard input is then left alone.
printf '# nothing\n' >nothing
run chunk-send -f nothing <second
expect_status 0
expect_no_err
expect_no_out
