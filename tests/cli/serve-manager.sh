#!/bin/sh
# chunk-serve uses the sockets passed by systemd if they are meant for it, and notifies systemd.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v systemd-socket-activate >/dev/null || skip 'there is no systemd-socket-activate'

systemd-socket-activate -l "$directory/passed" --fdname=web -E PATH="$PATH" \
  chunk-serve -q fd:web 2>activate.err &
activated=$!
own "$activated"
run chunk-send wait-for:unix:passed
run chunk-send -c unix:passed request:ECHO:hi
expect_status 0
expect_out ECHO:hi
stop "$activated"

# Meant for another process
run env LISTEN_FDS=1 LISTEN_PID=1 chunk-serve
expect_status 2
expect_err 'chunk-serve: ADDR is required: no socket was passed'

# The service manager: writes down what it is told, and whether one can connect then.
# shellcheck disable=SC2016 # Perl's
perl -MSocket -e '
  socket(my $in, AF_UNIX, SOCK_DGRAM, 0) or die $!;
  bind($in, pack_sockaddr_un("notify")) or die $!;
  $| = 1;
  print "bound\n";
  while (defined recv($in, my $word, 1000, 0)) {
    socket(my $client, AF_UNIX, SOCK_STREAM, 0) or die $!;
    my $there = connect($client, pack_sockaddr_un("server")) ? "there" : "absent";
    print "$there $word";
  }' >told 2>manager.err &
own $!
await manager.err grep -q bound told

# is_told HOW: waits until the manager has been told that.
is_told() {
  await told grep -q "$1" told
}

start server env NOTIFY_SOCKET="$directory/notify" WATCHDOG_USEC=100000 chunk-serve unix:server
is_told READY=1
[ "$(sed -n 2p told)" = 'there READY=1' ] || fail "$(cat told)"
is_told WATCHDOG=1
kill -HUP "$pid"
is_told RELOADING=1
is_told '^MONOTONIC_USEC=[0-9]*$'
# Nothing but the watchdog comes behind STOPPING, also when it is to read its settings again.
mkfifo held
chunk-send -c "$address" <held >slow.out 2>slow.err &
slow=$!
own "$slow"
exec 7>held
chunk-send NOOP DLAY:NTVL=1 >&7
await slow.err [ -s slow.out ]
kill "$pid"
is_told STOPPING=1
kill -HUP "$pid"
await server.err grep -q event=reload server.err
exec 7>&-
finish "$pid"
expect_status 0
finish "$slow"
expect_status 0
sed '1,/STOPPING/d' told >after
grep -q WATCHDOG after || fail "$(cat told)"
if grep -v WATCHDOG after; then fail "$(cat told)"; fi
