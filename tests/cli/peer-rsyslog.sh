#!/bin/sh
# rsyslog takes messages apart by the octets that are counted before them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

server=$(command -v rsyslogd || echo /usr/sbin/rsyslogd)
[ -x "$server" ] || skip 'no rsyslogd'

cat >rsyslog.conf <<END
global(workDirectory="$PWD")
module(load="imtcp")
template(name="plain" type="string" string="%syslogtag%%msg%\n")
input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="$PWD/port")
action(type="omfile" file="$PWD/messages" template="plain")
END
"$server" -n -f "$PWD/rsyslog.conf" -i "$PWD/rsyslog.pid" >rsyslog.log 2>&1 &
own $!
await rsyslog.log [ -s port ]
run chunk-send -p octets -c "tcp:127.0.0.1:$(cat port)" '::<13>Nov 28 12:00:00 host one: a message' \
  '::<13>Nov 28 12:00:01 host two: a message%0aof two lines'
expect_status 0
received() { [ -e messages ] && [ "$(wc -l <messages)" -eq 2 ]; }
await rsyslog.log received
expect_file messages 'one: a message' 'two: a message#012of two lines'
