#!/bin/sh
# chunk-recv --progress reports the progress on SIGUSR1, for one sender or many, and draws only on a
# terminal.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# told LINE: what there is in err, with the time and the rate taken out
told() {
  sed -E 's/[0-9.]+ s, [0-9.]+ [KMGT]?i?B/TIME, RATE/' err >shape
  expect_file shape "$@"
}

put_out() {
  [ "$(wc -c <out)" -eq "$1" ]
}

# One sender: bytes of the stream, and chunks put out
mkfifo in
exec 7<>in
chunk-recv --progress --only ECHO <in >out 2>err 7<&- &
pid=$!
own "$pid"
chunk-send ECHO:ab NOOP ECHO:cd >&7
# The first is put out while nothing else has come, so that it is written by then.
await out put_out 20
expect_no_err
kill -USR1 "$pid"
await err [ -s err ]
exec 7<&-
finish "$pid"
expect_status 0
told 'chunk-recv: 28 bytes, 2 chunks, TIME, RATE/s'

# Many senders
chunk-recv --progress -k -n 3 -l unix:socket >out 2>err --ready-fd 3 3>ready &
pid=$!
own "$pid"
await ready [ -s ready ]
chunk-send -c unix:socket ECHO:ab
chunk-send -c unix:socket ECHO:cd
await out put_out 20
kill -USR1 "$pid"
await err [ -s err ]
chunk-send -c unix:socket NOOP
finish "$pid"
expect_status 0
told 'chunk-recv: 20 bytes, 2 chunks, TIME, RATE/s'

# A file, whose size is known, and which is read with no wait at all
chunk-send ECHO,fill=3000000:x ECHO:ab >stream
need_terminal
script -qefc 'stty cols 80; chunk-recv --progress <stream >copy' typescript >/dev/null 2>&1 </dev/null
expect_same stream copy
tail -n 3 typescript | tr -d '\r\n' |
  grep -q 'chunk-recv: 3000018 bytes of 3000018, 2 chunks, ' || fail "$(cat -v typescript)"

# On a terminal that cannot erase a line, only the totals
TERM=dumb script -qefc 'chunk-recv --progress <stream >copy' typescript >/dev/null 2>&1 </dev/null
expect_same stream copy
sed -n '/^chunk-recv: /p' typescript | tr -d '\r' >shown
[ "$(wc -l <shown)" -eq 1 ] || fail "$(cat -v typescript)"
if grep -q "$(printf '\033')" typescript; then fail "$(cat -v typescript)"; fi

# A signal leaves no line behind, and has the totals printed.
for options in '' "--exec 'cat >&3'" "-k -l unix:interrupted"; do
  rm -f typescript number
  # shellcheck disable=SC2016 # for the shell in it
  run_progress='echo $$ >number; exec 3>/dev/null; exec chunk-recv --progress'
  script -qefc "$run_progress $options <in >copy3" typescript >/dev/null 2>&1 &
  pid=$!
  own "$pid"
  exec 7>in
  case $options in
    -k*) await typescript [ -e interrupted ] && chunk-send -c unix:interrupted ECHO:one ;;
    *) chunk-send ECHO:one >&7 ;;
  esac
  await typescript grep -qs '1 chunk ' typescript
  kill -TERM "$(cat number)"
  finish "$pid"
  exec 7>&-
  ran="chunk-recv --progress $options"
  expect_status 143
  tr -d '\r' <typescript | grep -q 'chunk-recv: [0-9]* bytes, 1 chunk, .*/s$' || fail "$ran: $(cat -v typescript)"
done

# In the background it writes nothing, and is not stopped for it.
cat >job <<'EOF'
set -m
stty tostop
chunk-recv --progress <stream >copy2 &
wait $!
EOF
run timeout 10 script -qefc 'sh job' typescript </dev/null
expect_status 0
expect_same stream copy2
if grep -q bytes typescript; then fail "$(cat -v typescript)"; fi

# What commands print comes after the line, not behind it.
script -qefc "stty cols 80; chunk-recv --progress --exec 'cat; echo' <in" typescript >/dev/null 2>&1 &
pid=$!
own "$pid"
exec 7>in
chunk-send ECHO:one >&7
await typescript grep -qs '1 chunk ' typescript
chunk-send ECHO:two >&7
exec 7>&-
finish "$pid"
expect_status 0
grep -q "$(printf '\r\033\\[K')two" typescript || fail "$(cat -v typescript)"
