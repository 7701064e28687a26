#!/bin/sh
# A log that is not read does not stop the server; lost lines are counted.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo log ready
exec 7<>log # neither end is ever missing
chunk-serve -v --ready-fd 3 unix:server 2>log 3>ready 7>&- &
pid=$!
own "$pid"
read -r address <ready || fail 'the server does not listen'
number=0
while [ "$number" -lt 1000 ]; do
  number=$((number + 1))
  echo 'connect:unix:server'
done >script
run chunk-send -c "$address" -w 20 -f script NOOP
expect_status 0
run chunk-send -c "$address" -w 20 request:NOOP
expect_status 0

# Once there is room again, it says what is missing.
cat <&7 >seen 2>err &
reader=$!
own "$reader"
is_told() {
  chunk-send -c "$address" NOOP >got 2>err
  grep -q 'level=warning event=log-lost lines=[1-9]' seen
}
await seen is_told
stop "$pid"
expect_status 0
lines=$(sed -n 's/.* event=log-lost lines=\([0-9]*\)$/\1/p' seen | head -n 1)
# At least two lines a connection were to be written, of some hundred bytes each.
[ "$lines" -ge 1000 ] || fail "$lines lines are lost, of more than 2000"
