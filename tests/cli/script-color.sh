#!/bin/sh
# The reports of a test and of a load, and --trace, have colours on a terminal, and only there.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

unset NO_COLOR CLICOLOR_FORCE
esc=$(printf '\033')
start server chunk-serve unix:server
printf '%s\n' test-case:bad ECHO:abXd 'expect:ECHO:abcd!' test-case:good NOOP expect:NOOP \
  test-case:out skip-if:true >script

# coloured FILE: it with {N} where a colour begins, and {} where it ends
coloured() {
  sed -e "s/$esc\\[0m/{}/g" -e "s/$esc\\[\\([0-9;]*\\)m/{\\1}/g" "$1"
}

# Redirected there are none.
TERM=xterm run timeout 20 chunk-send -c unix:server -f script -v --trace
expect_status 1
expect_plain err
TERM=xterm run timeout 20 chunk-send -c unix:server --clients 2 NOOP expect:NOOP
expect_status 0
expect_plain out

# What was expected is green, what was received is red, and the bytes that differ stand out.
run timeout 20 chunk-send -c unix:server -f script -v --color=always
expect_status 1
coloured err | sed -e '/waited/d' -e 's/ ([0-9.]* [mu]*s)/ (TIME)/' >shown
expect_file shown \
  'chunk-send: {1;31}script:3: expect:ECHO:abcd!: the payload differs: byte 2 is 58, not 63{}' \
  '  {2}case      {}1 bad' '  {2}peer      {}unix:server' '  {2}expected  {}{32}expect:ECHO:abcd!{}' \
  '  {2}received  {}{31}ECHO:abXd  (at stream offset 0x0){}' \
  '  {2}differ    {}from byte 2 of 5 expected and 4 received, stream offset 0xa' \
  "  {2}expected  00000000{}  {32}61{} {32}62{} {32}{7}63{} {32}64{} {32}{7}21{}$(
    printf '%37s' ''
  ){32}a{}{32}b{}{32}{7}c{}{32}d{}{32}{7}!{}" \
  "  {2}received  00000000{}  {31}61{} {31}62{} {31}{7}58{} {31}64{}$(
    printf '%40s' ''
  ){31}a{}{31}b{}{31}{7}X{}{31}d{}" \
  '                            ^^    ^^                                       ^ ^' \
  '  {2}before    {}script:2: ECHO:abXd' \
  '  {2}again     {}chunk-send -c unix:server -f script -v --color=always --case 1' \
  'chunk-send: {32}passed 2 good (TIME){}' \
  "chunk-send: {2}skipped 3 out: 'true' succeeded{}" \
  'chunk-send: {1;31}1 passed, 1 failed, 1 skipped{}'
run timeout 20 chunk-send --color=always --trace 'a> connect:unix:server' 'a> ECHO:x' 'a> expect:ECHO:x'
expect_status 0
coloured err | sed 's/ *[0-9]*\.[0-9]*{}/TIME{}/' >shown
expect_file shown '{2}TIME{} {2}a={} {2}connected to unix:server{}' '{2}TIME{} {36}a>{} ECHO:x' \
  '{2}TIME{} {35}a<{} ECHO:x' 'chunk-send: {32}1 passed{}'
run timeout 20 chunk-send -c unix:server --color=always --clients 2 'ECHO:%{client}' expect:ECHO:1
expect_status 1
coloured out | sed -n '/clients/p; /^{2}failed/p; s/.*%  /BAR /p' >shown
expect_file shown '{2}clients{}    2' "BAR {36}$(printf '%36s' '' | tr ' ' '#'){}" \
  '{2}failed{}     {1;31}1 time: the payload differs: byte 0 is 32, not 31{}'

# on_terminal COMMAND: what it shows there
need_terminal
on_terminal() {
  ran=$1
  COLUMNS=80 script -qec "stty cols 80; $1" /dev/null </dev/null | tr -d '\r' >shown
}
test="chunk-send -c unix:server ECHO:a expect:ECHO:b"
on_terminal "TERM=xterm $test"
coloured shown | grep -q '^  {2}received  {}{31}ECHO:a ' || fail "$(cat -v shown)"
for command in "NO_COLOR=1 TERM=xterm $test" "TERM=dumb $test" "TERM=xterm $test --color=never" \
  "TERM=xterm $test 2>&1 | cat"; do
  on_terminal "$command"
  grep -q '^  received  ECHO:a ' shown || fail "$(cat -v shown)"
  expect_plain shown
done

# Bars are of blocks where the terminal has them, and all lines fit it.
load="TERM=xterm chunk-send -c unix:server --clients 3 ECHO:a expect:ECHO:a"
on_terminal "NO_COLOR=1 $load"
grep -q '%  #####*$' shown || fail "$(cat -v shown)"
awk 'length > 80' shown >long
expect_file long
utf8=
for name in $(locale -a 2>/dev/null); do
  case $name in C.utf8 | C.UTF-8 | en_US.utf8) utf8=$name ;; esac
done
[ -n "$utf8" ] || exit 0
on_terminal "NO_COLOR=1 LC_ALL=$utf8 $load"
# Each of their characters has three bytes.
sed "s/$(printf '\342\226')./B/g" shown >blocks
grep -q '%  BBBBB*$' blocks || fail "$(cat -v shown)"
awk 'length > 80' blocks >long
expect_file long
