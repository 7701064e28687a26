#!/bin/sh
# mosquitto and its clients with a tap between them, and a broker that is a script.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

broker=$(command -v mosquitto || echo /usr/sbin/mosquitto)
[ -x "$broker" ] || skip 'no mosquitto'
command -v mosquitto_pub >/dev/null || skip 'no mosquitto_pub'

printf 'listener 0 %s/broker.sock\nallow_anonymous true\n' "$PWD" >broker.conf
[ "$(id -u)" -ne 0 ] || echo 'user root' >>broker.conf
"$broker" -c broker.conf >broker.log 2>&1 &
own $!
await broker.log [ -S broker.sock ]

start tap chunk-dump -q -p mqtt --list --tap ./front ./broker.sock
tap=$pid
mosquitto_sub --unix "$PWD/front" -t greetings -C 2 -q 1 >received &
subscriber=$!
own "$subscriber"
await tap.err grep -Eq '< [0-9a-f]+ +SUBACK ' tap.out
head -c 300000 /dev/zero | tr '\0' x >long
mosquitto_pub --unix "$PWD/front" -t greetings -m hello -q 1
mosquitto_pub --unix "$PWD/front" -t greetings -f long -q 1
finish "$subscriber"
{ echo hello && cat long && echo; } >wanted
expect_same wanted received
stop "$tap"
for kind in CONNECT CONNACK SUBSCRIBE SUBACK PUBLISH PUBACK DISCONNECT; do
  grep -Eq " [0-9a-f]+ +$kind" tap.out || fail "no $kind: $(cat tap.out)"
done
# Every packet has a name.
! grep -E '^[0-9]+ [<>] [0-9a-f]+ +[0-9]+ +[0-9]' tap.out || fail 'a packet without a name'

# A broker that is a script, for one client: it accepts the connection and the message.
fake ./fake.sock -p mqtt <<'SCRIPT'
expect:CONNECT
CONNACK:%00%00
expect:PUBLISH:%00%05topichello
expect:DISCONNECT
SCRIPT
mosquitto_pub --unix "$PWD/fake.sock" -t topic -m hello -q 0
