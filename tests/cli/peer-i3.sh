#!/bin/sh
# i3-msg and i3 with a tap between them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v i3 >/dev/null || skip 'no i3'
command -v Xvfb >/dev/null || skip 'no Xvfb'

mkfifo display
Xvfb -displayfd 3 -nolisten tcp 3>display >xvfb.log 2>&1 &
screen=$!
own "$screen"
read -r number <display
printf '# i3 config file (v4)\nipc-socket %s/i3.sock\nmode "resize" {\nbindsym Escape mode "default"\n}\n' \
  "$PWD" >config
HOME=$PWD DISPLAY=:$number i3 -c config >i3.log 2>&1 &
own $!
await i3.log [ -S i3.sock ]

start tap chunk-dump -q -p i3 --list --tap ./front ./i3.sock
tap=$pid
i3-msg -s "$PWD/front" -t get_version >through
i3-msg -s "$PWD/i3.sock" -t get_version >direct
expect_same direct through
i3-msg -s "$PWD/front" workspace 3 >answer
grep -q '"success":true' answer || fail "$(cat answer)"
# Who subscribes to events ends with the first one.
i3-msg -s "$PWD/front" -t subscribe '["mode"]' >event &
subscriber=$!
own "$subscriber"
await tap.err grep -Eq '< [0-9a-f]+ +SUBSCRIBE ' tap.out
i3-msg -s "$PWD/front" mode resize >answer
finish "$subscriber"
grep -q '"change":"resize"' event || fail "$(cat event)"
stop "$tap"
for kind in GET_VERSION RUN_COMMAND SUBSCRIBE event-mode; do
  grep -Eq " [0-9a-f]+ +$kind" tap.out || fail "no $kind: $(cat tap.out)"
done
! grep -E '^[0-9]+ [<>] [0-9a-f]+ +[0-9]+ +[0-9]' tap.out || fail 'a message without a name'

# Killed, it would leave its lock behind.
stop "$screen"
