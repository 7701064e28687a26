#!/bin/sh
# A server of netstrings by Twisted, alone and behind a tap.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3
"$python" -c 'import twisted' 2>/dev/null || skip 'no Twisted'

cat >upper.py <<'PYTHON'
import sys
from twisted.internet import endpoints, protocol, reactor
from twisted.protocols.basic import NetstringReceiver


class Upper(NetstringReceiver):
    def stringReceived(self, text):
        self.sendString(text.upper())


endpoints.serverFromString(reactor, "unix:" + sys.argv[1]).listen(protocol.Factory.forProtocol(Upper))
reactor.run()
PYTHON
"$python" upper.py "$PWD/upper.sock" >upper.log 2>&1 &
own $!
await upper.log [ -S upper.sock ]

start tap chunk-dump -q -p netstring --list --tap ./front ./upper.sock
tap=$pid
for server in upper.sock front; do
  run chunk-send -q -p netstring -c "./$server" :hello expect::HELLO ::a:b expect:::A:B : expect:: \
    ,fill=70000:ab expect::len=70000
  expect_status 0
  expect_no_err
done
stop "$tap"
[ "$(grep -c '^1 [<>] ' tap.out)" -eq 8 ] || fail "$(cat tap.out)"

# What is no netstring ends the connection on both sides.
run chunk-send -p netstring -c ./upper.sock raw-send:hello expect-close
expect_status 0
