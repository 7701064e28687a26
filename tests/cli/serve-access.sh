#!/bin/sh
# The first matching rule, in the order of the command line, decides who may connect.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

me=$(id -u)
other=$((me + 1))
# Rules for them by name, if they have one
myself=uid=$me
if user=$(id -un 2>/dev/null); then myself=user=$user; fi
ours=gid=$(id -g)
if group=$(id -gn 2>/dev/null); then ours=group=$group; fi

# admits RULES...: a server with these rules answers.
admits() {
  start server chunk-serve "$@" "$where"
  run chunk-send -c "$address" request:NOOP
  expect_status 0
  stop "$pid"
}

# refuses RULES...: it closes the connection, and logs that.
refuses() {
  start server chunk-serve "$@" "$where"
  run chunk-send -c "$address" request:NOOP
  expect_status 3
  stop "$pid"
  grep -q 'event=close .*reason=denied' server.err || fail "$* is not denied: $(cat server.err)"
}

where=unix:socket
admits
admits --deny "uid=$other"
refuses --deny "uid=$me"
admits --allow "uid=$me" --deny "uid=$me"
refuses --deny "uid=$me" --allow "uid=$me"
admits --allow "$myself" --deny 0.0.0.0/0
admits --deny "uid=$other" --allow "uid=$me" --deny "gid=$(id -g)"
refuses --allow "uid=$other" --deny "$myself" --allow "uid=$me"
admits --allow "$ours" --deny "uid=$me"
refuses --deny "$ours"
for group in $(id -G); do refuses --deny "gid=$group" --allow "uid=$me"; done
# Another rule leaves the server's own user in.
admits --allow "uid=$other"
admits --allow 10.0.0.0/8
# A name that looks like an address is none.
where=abstract:chunk-cli-$$-127.0.0.1
admits --deny 127.0.0.1 --deny 0.0.0.0/0
refuses --deny "uid=$me"

where=tcp:127.0.0.1:0
admits
admits --deny 10.0.0.0/8
admits --allow 127.0.0.0/8
refuses --allow 10.0.0.0/8
refuses --allow "uid=$me"
admits --deny "uid=$me"
refuses --deny 127.0.0.1
admits --allow 127.0.0.1/32 --deny 127.0.0.0/8
refuses --deny 127.0.0.1/32 --allow 127.0.0.0/8
admits --deny 10.0.0.0/8 --allow 127.0.0.0/8 --deny 0.0.0.0/0
refuses --deny 127.0.0.0/9
admits --deny 127.128.0.0/9
# An address of IPv4 may be written in the form of IPv6, but other rules about IPv6 are not about IPv4.
refuses --deny ::ffff:127.0.0.1
admits --deny ::/0
refuses --allow ::/0
admits --allow ::ffff:127.0.0.0/104
admits --deny ::1

if has_ipv6; then
  where='tcp:[::1]:0'
  admits
  admits --allow ::1
  admits --allow ::1/128 --deny ::/0
  refuses --deny ::1
  refuses --deny ::/0 --allow ::1
  refuses --deny ::/64
  admits --deny 0.0.0.0/0
  refuses --allow 0.0.0.0/0
  # What was connected to by IPv4 is taken for that.
  where='tcp:*:0'
  start server chunk-serve --deny 127.0.0.1 "$where"
  run chunk-send -c "tcp:127.0.0.1:${address##*:}" request:NOOP
  expect_status 3
  run chunk-send -c "tcp:[::1]:${address##*:}" request:NOOP
  expect_status 0
  stop "$pid"
fi

# The log tells who it was, what the others are told is nothing, and they can come again.
start server chunk-serve --deny 127.0.0.1 tcp:127.0.0.1:0 unix:socket
run chunk-send -c "$address" expect-close
expect_status 0
run chunk-send -c unix:socket request:ECHO:hi
expect_status 0
expect_out ECHO:hi
stop "$pid"
log_of server.err | grep 'event=close' >log || :
expect_file log 'time=T level=info event=close conn=1 reason=denied detail="the rules do not admit this client" local=tcp:127.0.0.1:PORT peer=tcp:127.0.0.1:PORT requests=0 in=0 out=0 ms=M'

# The stream - is not subject to them, and scripts are.
chunk-send ECHO:a | chunk-serve -q --deny "uid=$me" --allow 10.0.0.0/8 - >got
expect_hex got '4543484f 01000000 61'
fake unix:fake --deny "uid=$me" <<END
ECHO:a
END
run chunk-recv -c "$address"
expect_no_out
stop "$pid"
grep -q 'event=close .*reason=denied' fake.err || fail "$(cat fake.err)"

# Other users
if [ "$me" -eq 0 ] && command -v setpriv >/dev/null; then
  chmod 755 .
  tool=$(command -v chunk-send)
  # as UID GROUPS STATUS: what the server has for them
  as() {
    run setpriv --reuid="$1" --regid=54321 --groups "$2" chunk-send -c unix:open request:NOOP
    expect_status "$3"
  }
  if setpriv --reuid=12345 --regid=54321 --clear-groups test -x "$tool"; then
    start server chunk-serve --mode 0666 --allow uid=12345 unix:open
    run setpriv --reuid=12345 --clear-groups chunk-send -c unix:open request:NOOP
    expect_status 0
    run setpriv --reuid=12346 --clear-groups chunk-send -c unix:open request:NOOP
    expect_status 3
    stop "$pid"
    grep -q 'reason=denied .* peer=unix pid=[0-9]* uid=12346 ' server.err || fail "$(cat server.err)"
    # Without rules the mode of the file says who can connect.
    start server chunk-serve --mode 0666 unix:open
    as 12345 54321 0
    stop "$pid"
    # With any, others are out, whom no rule lets in.
    start server chunk-serve --mode 0666 --deny uid=12346 unix:open
    as 12345 54321 3
    as "$me" 54321 0
    stop "$pid"
    # A group is that of the process, or one of the others that it has.
    start server chunk-serve --mode 0666 --deny gid=55555 --allow gid=44444 --allow gid=54321 \
      unix:open
    as 12345 33333 0
    as 12345 55555 3
    as 12345 33333,55555 3
    stop "$pid"
    start server chunk-serve --mode 0666 --allow gid=44444 unix:open
    as 12345 33333,44444 0
    as 12345 33333 3
    stop "$pid"
  fi
fi

# wrong RULE REASON
wrong() {
  for option in --allow --deny; do
    run chunk-serve "$option" "$1" unix:none
    expect_status 2
    grep -qF "$2" err || fail "$(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "not one line: $(cat err)"
    [ ! -e none ] || fail 'something was opened'
  done
}
wrong uid=x "'uid=x': "
wrong uid= "'uid=': "
wrong gid=-1 "'gid=-1': "
wrong uid=4294967295 "'uid=4294967295': "
wrong user=nobody-at-all "'user=nobody-at-all': there is no such user"
wrong group=nobody-at-all "'group=nobody-at-all': there is no such group"
wrong 127.0.0.1/8 "'127.0.0.1/8' has bits behind its prefix"
wrong 127.0.0.0/33 "'127.0.0.0/33' has no prefix of 0 to 32"
wrong 127.0.0.0/ "'127.0.0.0/' has no prefix of 0 to 32"
wrong ::/129 "'::/129' has no prefix of 0 to 128"
wrong 127.0.0.256 "'127.0.0.256' is not a network"
wrong cert= "'cert=': a name is missing"
wrong somebody "'somebody' is not a network"
wrong UID=0 "'UID=0' is not a network"
