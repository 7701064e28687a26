#!/bin/sh
# A worker that cannot be executed ends the server at its start with the reason; one that fails later is
# started again.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

printf 'no program\n' >text
for worker in ./missing ./text 'exec ./missing'; do
  run timeout 20 chunk-serve --worker "$worker" unix:server
  expect_status 6
  grep '^chunk-serve: ' err >last
  case $worker in
    ./text) code=126 ;;
    *) code=127 ;;
  esac
  expect_file last "chunk-serve: --worker '$worker': cannot be started: status $code"
  grep -q "level=error event=worker-ended worker=1 detail=\"status $code\"" err || fail "$(cat err)"
  [ ! -e server ] || fail 'the socket file is still there'
done

# Once it has answered, it is tried again however it fails.
cat >worker.py <<'END'
import os, sys
head = sys.stdin.buffer.read(8)
sys.stdout.buffer.write(head)
sys.stdout.buffer.flush()
END
cp worker.py once
start serve chunk-serve --worker 'python3 once' unix:server
run chunk-send -c unix:server request:ECHO
expect_status 0
cat >once <<'END'
import sys
sys.exit(127)
END
await serve.err grep -q 'level=error event=worker-ended worker=1 detail="status 127"' serve.err
cp worker.py once
run timeout 20 chunk-send -w 15 -c unix:server request:ECHO
expect_status 0

# A request that takes too long is an error of the server, as is a command that cannot be started.
start slow chunk-serve --handler-timeout 0.1 --exec 'ECHO=sleep 100' unix:slow
run chunk-send -c unix:slow request:ECHO
expect_status 3
await slow.err grep -q 'level=error event=close .*reason=handler-timeout' slow.err
