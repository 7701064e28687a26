#!/bin/sh
# Who may connect is what the first matching rule says, in the order of the command line.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

me=$(id -u)
other=$((me + 1))

# admits RULES...: a server with these rules answers.
admits() {
  start server chunk-serve "$@" "$where"
  run chunk-send -c "$address" request:NOOP
  expect_status 0
  kill "$pid"
  finish "$pid"
}

# refuses RULES...: it closes the connection, and logs that.
refuses() {
  start server chunk-serve "$@" "$where"
  run chunk-send -c "$address" request:NOOP
  expect_status 3
  kill "$pid"
  finish "$pid"
  grep -q 'event=close .*reason=denied' server.err || fail "$* is not denied: $(cat server.err)"
}

where=unix:socket
admits
admits --deny "uid=$other"
refuses --deny "uid=$me"
admits --allow "uid=$me" --deny "uid=$me"
refuses --deny "uid=$me" --allow "uid=$me"
admits --allow "user=$(id -un)" --deny 0.0.0.0/0
refuses --deny "group=$(id -gn)"
for group in $(id -G); do refuses --deny "gid=$group" --allow "uid=$me"; done
# Another rule leaves the server's own user in.
admits --allow "uid=$other"

where=tcp:127.0.0.1:0
admits
admits --deny 10.0.0.0/8
admits --allow 127.0.0.0/8
refuses --allow 10.0.0.0/8
refuses --allow "uid=$me"
refuses --deny 127.0.0.1
admits --allow 127.0.0.1/32 --deny 127.0.0.0/8

# Other users
if [ "$me" -eq 0 ] && command -v setpriv >/dev/null; then
  start server chunk-serve --mode 0666 --allow uid=12345 unix:open
  chmod 755 .
  tool=$(command -v chunk-send)
  if setpriv --reuid=12345 --clear-groups test -x "$tool"; then
    run setpriv --reuid=12345 --clear-groups chunk-send -c unix:open request:NOOP
    expect_status 0
    run setpriv --reuid=12346 --clear-groups chunk-send -c unix:open request:NOOP
    expect_status 3
  fi
fi

# wrong RULE REASON
wrong() {
  run chunk-serve --allow "$1" unix:none
  expect_status 2
  grep -qF "$2" err || fail "$(cat err)"
  [ ! -e none ] || fail 'something was opened'
}
wrong uid=x "'uid=x': "
wrong user=nobody-at-all "'user=nobody-at-all': there is no such user"
wrong group=nobody-at-all "'group=nobody-at-all': there is no such group"
wrong 127.0.0.1/8 "'127.0.0.1/8' has bits behind its prefix"
wrong cert= "'cert=': a name is missing"
wrong somebody "'somebody' is not a network"
