#!/bin/sh
# A server or a receiver that is ended hard takes all processes of its commands and workers with it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A shell that waits for another process, which the end of the shell does not end
cat >task <<'END'
sleep 1000 &
echo $$ $! >>pids.new
mv pids.new pids
wait
END

# settled PID: whether a tool waits for something to happen, and has noted what it has started
settled() {
  grep -q '^State:.S' "/proc/$1/status"
}

for how in 'TERM TERM' 'INT TERM' QUIT KILL; do
  for option in 'ECHO=. ./task' worker; do
    rm -f pids
    case $option in
      worker) start serve env --default-signal chunk-serve -q --worker '. ./task' unix:server ;;
      *) start serve env --default-signal chunk-serve -q --exec "$option" unix:server ;;
    esac
    chunk-send -c unix:server ECHO:x 2>send.err &
    client=$!
    own "$client"
    await serve.err [ -s pids ]
    await serve.err settled "$pid"
    for signal in $how; do
      kill "-$signal" "$pid"
      case $how in QUIT | KILL) ;; *) await serve.err [ ! -e server ] ;; esac
    done
    finish "$pid"
    ran="$option and $how"
    case $how in
      QUIT) expect_status 131 ;;
      KILL) expect_status 137 ;;
      *) expect_status 143 ;;
    esac
    # shellcheck disable=SC2046 # they are numbers
    gone $(cat pids)
    finish "$client"
    rm -f server core
  done
done

for signal in QUIT:131 TERM:143 KILL:137; do
  rm -f pids
  mkfifo in
  exec 8<>in
  chunk-send ECHO:x >&8
  env --default-signal chunk-recv --exec '. ./task' <in >out 2>err 8>&- &
  pid=$!
  own "$pid"
  await err [ -s pids ]
  await err settled "$pid"
  kill "-${signal%:*}" "$pid"
  finish "$pid"
  ran="chunk-recv and SIG${signal%:*}"
  expect_status "${signal#*:}"
  # shellcheck disable=SC2046
  gone $(cat pids)
  exec 8<&-
  rm -f in core
done

# Of a script also what its commands have left running, and what it has started. The directory with the socket of
# %{address} stays, since nobody is there to remove it.
mkdir temporary
TMPDIR=$directory/temporary
export TMPDIR
# shellcheck disable=SC2016 # the variables of the commands
for first in 'run:sleep 1000 & echo $! >pids.new; mv pids.new pids' \
  'start:echo $$ >pids.new; mv pids.new pids; exec chunk-serve -q %{address}' \
  'start:sleep 1000 & echo $! >pids.new; mv pids.new pids; chunk-serve -q %{address}; :'; do
  rm -f pids begun
  chunk-send "$first" 'run:echo >begun; sleep 1000' 2>err &
  pid=$!
  own "$pid"
  await err [ -s begun ]
  await err settled "$pid"
  kill -KILL "$pid"
  finish "$pid"
  ran="chunk-send and SIGKILL, $first"
  expect_status 137
  # shellcheck disable=SC2046
  gone $(cat pids)
done

# A guard that is stopped keeps nothing.
# shellcheck disable=SC2016 # the command's variables
run timeout 20 chunk-recv --exec 'kill -STOP "$(pgrep -x -P "$PPID" chunk-guard)"; echo "$CHUNK_ID"' \
  <"$data/req.chunk"
expect_status 0
expect_out NOOP ECHO CMPU SHUT
