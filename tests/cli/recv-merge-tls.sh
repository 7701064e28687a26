#!/bin/sh
# chunk-recv -k over TLS: a client that does not complete the handshake delays nobody, also at the end.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1

start merger chunk-recv -v -k -l tls:127.0.0.1:0 --tls-cert server.pem -F text
plain=tcp:${address#tls:}
chunk-send -c "$plain" delay:1000 2>stalled.err &
own "$!"
await merger.err grep -q 'connection 1 from' merger.err
chunk-send -c "$plain" 'raw-send:this is no TLS' shutdown 2>wrong.err || :
await merger.err grep -q '^chunk-recv: connection 2: ' merger.err
chunk-send -c "$address" --tls-ca ca.pem ECHO:a ECHO,fill=2000000:b NOOP
await merger.err grep -q 'connection 3 closed: 3 chunks' merger.err
kill -TERM "$pid"
finish "$pid"
expect_status 143
cut -c 1-20 merger.out >beginnings
expect_file beginnings ECHO:a ECHO,len=2000000:bbb NOOP
