#!/bin/sh
# chunk-recv --exec runs a command per chunk with the payload as input, and keeps the order of the outputs.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2016 # the command's variables
run chunk-recv --exec 'echo "$CHUNK_INDEX $CHUNK_ID $CHUNK_LENGTH [${CHUNK_PEER-}] $(cat)"' \
  <"$data/req.chunk"
expect_status 0
expect_no_err
expect_out '0 NOOP 0 [] ' '1 ECHO 9 [] hi there!' \
  "$(printf '2 CMPU 27 [] OPER\1+OPND\0013OPND\0014')" '3 SHUT 0 [] '

# Any bytes and any length, as payload or as the chunk that it was
chunk-send ECHO,fill=3000001:%00%ff STS%20:x >stream
run chunk-recv --exec cat <stream
expect_status 0
chunk-recv -F payload <stream >wanted
expect_same out wanted
run chunk-recv -F raw --jobs 3 --exec cat <stream
expect_status 0
expect_same out stream
# shellcheck disable=SC2016
run chunk-recv --only STS%20 --exec 'echo "$CHUNK_ID"' <stream
expect_out STS%20

# A command that reads nothing is no failure, nor is one that leaves something running.
run chunk-recv --exec true <stream
expect_status 0
expect_no_out
expect_no_err
run chunk-recv --exec 'sleep 100 & echo done' <"$data/req.chunk"
expect_status 0
expect_out 'done' 'done' 'done' 'done'

# It has the standard streams and the default signals.
run chunk-recv -n 1 --exec 'ls /proc/self/fd | tr "\n" " "; grep SigIgn /proc/self/status; yes | head -n 1' \
  <stream
expect_status 0
sed 's/^0 1 2 3 SigIgn/0 1 2 SigIgn/' out >shape
expect_file shape "$(printf '0 1 2 SigIgn:\t0000000000000000')" y

# In order, whichever ends first; or as they end
chunk-send ECHO:0.6 ECHO:0 ECHO:0.3 ECHO:0 >delays
# shellcheck disable=SC2016
run chunk-recv --jobs 4 --exec 'read -r delay || :; sleep "$delay"; echo "$CHUNK_INDEX"; echo' <delays
expect_status 0
expect_out 0 '' 1 '' 2 '' 3 ''
# shellcheck disable=SC2016
run chunk-recv --jobs 4 --unordered --exec 'read -r delay || :; sleep "$delay"; echo "$CHUNK_INDEX"' <delays
expect_status 0
[ "$(tail -n 1 out)" = 0 ] || fail "$(cat out)"
sort out >sorted
expect_file sorted 0 1 2 3

# As many at a time as are allowed
chunk-send -f - >many <<'END'
repeat:12
NOOP
end
END
mkdir places
# shellcheck disable=SC2016
run chunk-recv --jobs 3 --exec 'touch places/$$; ls places | wc -l; sleep 0.05; rm places/$$' <many
expect_status 0
[ "$(sort -n out | tail -n 1)" -le 3 ] || fail "$(cat out)"
[ "$(wc -l <out)" -eq 12 ] || fail "$(cat out)"

# Failures are counted, and told one by one with -v.
# shellcheck disable=SC2016
run chunk-recv --exec 'echo "$CHUNK_ID"; [ "$CHUNK_ID" = NOOP ] || [ "$CHUNK_ID" = SHUT ]' <"$data/req.chunk"
expect_status 1
expect_out NOOP ECHO CMPU SHUT
expect_err 'chunk-recv: --exec: 2 of 4 commands failed'
# shellcheck disable=SC2016
run chunk-recv -v --jobs 4 --exec 'case $CHUNK_ID in ECHO) exit 3 ;; CMPU) kill -SEGV $$ ;; esac' <"$data/req.chunk"
expect_status 1
expect_err 'chunk-recv: --exec: chunk 1 (ECHO): status 3' \
  'chunk-recv: --exec: chunk 2 (CMPU): signal SEGV' \
  'chunk-recv: --exec: 2 of 4 commands failed' \
  'chunk-recv: 4 chunks, 36 bytes of payload'
# shellcheck disable=SC2016
run chunk-recv --fail-fast --exec 'echo "$CHUNK_ID"; [ "$CHUNK_ID" != ECHO ]' <"$data/req.chunk"
expect_status 1
expect_out NOOP ECHO
expect_err 'chunk-recv: --exec: chunk 1 (ECHO): status 1'
run chunk-recv --exec /no/such/command -n 1 <"$data/req.chunk" 2>&1
expect_status 1

# A stream that breaks is worse; its last chunk is no command's.
chunk-send ECHO:a ECHO,len=9:b >broken
run chunk-recv --exec 'cat; echo; false' <broken
expect_status 5
expect_out a
expect_err 'chunk-recv: --exec: 1 of 1 commands failed' \
  'chunk-recv: standard input: truncated at byte 0x9: ECHO declares 9 bytes, 1 are there'

# Who sends it
# shellcheck disable=SC2016
start merger chunk-recv -k -l unix:socket -n 2 --exec 'echo "$CHUNK_PEER $CHUNK_PEER_UID $CHUNK_PEER_PID $(cat)"'
chunk-send -c unix:socket ECHO:a &
sender=$!
finish "$sender"
chunk-send -c unix:socket ECHO,fill=2000000:b >sent.out
finish "$pid"
expect_status 0
[ "$(head -n 1 merger.out)" = "unix:socket $(id -u) $sender a" ] || fail "$(head -n 1 merger.out)"
[ "$(wc -l <merger.out)" -eq 2 ] || fail 'not two lines'

# Too much output
run chunk-recv -v --spool-max 1000000 --exec 'yes | head -c 2000000' <broken
expect_status 5
expect_no_out
grep -qx 'chunk-recv: --exec: chunk 0 (ECHO): its output is longer than --spool-max allows' err ||
  fail "$(cat err)"
run chunk-recv --spool-max 1000000 --exec cat <stream
expect_status 5
expect_err 'chunk-recv: standard input: too large at byte 0x0: ECHO declares 3000001 bytes, 1000000 are allowed'

# What commands hold counts, until they have read it or have ended; a chunk waits until there is room.
chunk-send SLOW,fill=3000000:x repeat:7 FAST,fill=3000000:x end LAST,fill=3000000:x >long
# shellcheck disable=SC2016
run timeout 30 chunk-recv --jobs 3 --spool-max 10M --exec 'cat >rest.$$; echo "$CHUNK_ID"
  case $CHUNK_ID in SLOW) until [ -e go ]; do sleep 0.01; done ;; LAST) touch go ;; esac' <long
expect_status 0
expect_no_err
expect_out SLOW FAST FAST FAST FAST FAST FAST FAST LAST
rm rest.*
run timeout 30 chunk-recv --jobs 4 --spool-max 7M --exec 'sleep 0.1; wc -c' <long
expect_status 0
expect_no_err
expect_out 3000000 3000000 3000000 3000000 3000000 3000000 3000000 3000000 3000000

# Wherever the stream fails, the commands of the chunks before are waited for.
{ chunk-send ECHO:a && cat stream; } >too-long
run timeout 30 chunk-recv --spool-max 1000000 --exec 'sleep 0.1; cat; echo' <too-long
expect_status 5
expect_out a
mkfifo late
exec 7<>late
chunk-send ECHO:a >&7
run timeout 30 chunk-recv -w 0.1 --exec 'sleep 0.5; cat; echo' <late
expect_status 4
expect_out a

# Killed with what it has running
mkfifo silent
exec 7<>silent
chunk-send NOOP >&7
# shellcheck disable=SC2016
chunk-recv --exec 'echo $$ >number; sleep 100' <silent 2>err &
receiver=$!
own "$receiver"
await err test -s number
kill -TERM "$receiver"
finish "$receiver"
expect_status 143
gone "$(cat number)"

# Mistakes
run chunk-recv --jobs 2 <stream
expect_status 2
run chunk-recv --exec cat --split '{id}' <stream
expect_status 2
run chunk-recv --exec cat -F json <stream
expect_status 2

# It has no terminal, for which it would be stopped in the background for ever.
need_terminal
run timeout 20 script -qec "chunk-recv -n 1 --exec 'read -r x </dev/tty' <stream" /dev/null
expect_status 1
grep -q 'chunk-recv: --exec: 1 of 1 commands failed' out || fail "$(cat out)"
