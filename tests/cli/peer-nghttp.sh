#!/bin/sh
# nghttp and nghttpd with a tap between them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v nghttp >/dev/null || skip 'no nghttp'
command -v nghttpd >/dev/null || skip 'no nghttpd'

mkdir files
head -c 300000 /dev/zero | tr '\0' x >files/long
echo hello >files/short
# nghttpd does not tell a port that the system chooses, so one that was free is taken; should another
# process have got it by now, nghttpd ends, and the next one is tried.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
serves() { [ "$(nghttp "http://127.0.0.1:$port/short" 2>/dev/null)" = hello ]; }
serves_or_ended() { ! kill -0 "$server" 2>/dev/null || serves; }
for attempt in 1 2 3 4 5; do
  port=$(free_port)
  nghttpd --no-tls -a 127.0.0.1 -d "$PWD/files" "$port" >server.log 2>&1 &
  server=$!
  own "$server"
  await server.log serves_or_ended
  ! serves || break
  [ "$attempt" -lt 5 ] || fail "nghttpd does not listen: $(cat server.log)"
done

start tap chunk-dump -q -p http2 --list --tap tcp:127.0.0.1:0 "tcp:127.0.0.1:$port"
tap=$pid
front=${address##*:}
for name in short long; do
  nghttp "http://127.0.0.1:$front/$name" >got 2>nghttp.err || fail "$(cat nghttp.err)"
  expect_same "files/$name" got
done
stop "$tap"
for kind in SETTINGS HEADERS DATA WINDOW_UPDATE GOAWAY; do
  grep -Eq " [0-9a-f]+ +$kind" tap.out || fail "no $kind: $(cat tap.out)"
done
! grep -E '^[0-9]+ [<>] [0-9a-f]+ +[0-9]+ +[0-9]' tap.out || fail 'a frame without a name'
