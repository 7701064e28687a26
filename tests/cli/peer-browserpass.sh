#!/bin/sh
# A program that answers an extension of browsers, by native messaging.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

native=/usr/lib/browserpass/browserpass-native
[ -x "$native" ] || skip 'no Browserpass'

mkdir store
export PASSWORD_STORE_DIR="$PWD/store"
chunk-send -p native-messaging '::{"settings":{"stores":{}},"action":"configure"}' >request
"$native" <request >reply 2>native.log
run chunk-recv -p native-messaging -F payload <reply
expect_status 0
[ "$(jq -r .status out)" = ok ] || fail "$(cat out native.log)"
[ "$(jq -r .data.defaultStore.path out)" = "$PWD/store" ] || fail "$(cat out)"
