#!/bin/sh
# ssh-add and ssh-agent with a tap between them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v ssh-agent >/dev/null || skip 'no ssh-agent'

ssh-agent -D -a "$PWD/agent" >agent.log 2>&1 &
own $!
await agent.log [ -S agent ]
ssh-keygen -q -t ed25519 -N '' -C 'a test' -f key
start tap chunk-dump -q -p ssh-agent --list --tap ./front ./agent
tap=$pid
SSH_AUTH_SOCK=$PWD/front ssh-add -q key
SSH_AUTH_SOCK=$PWD/front ssh-add -L >listed
SSH_AUTH_SOCK=$PWD/agent ssh-add -L >direct
expect_same direct listed
SSH_AUTH_SOCK=$PWD/front ssh-add -q -D 2>/dev/null
run env SSH_AUTH_SOCK="$PWD/agent" ssh-add -L
expect_status 1
stop "$tap"
for kind in ADD_IDENTITY SUCCESS REQUEST_IDENTITIES IDENTITIES_ANSWER REMOVE_ALL_IDENTITIES; do
  grep -Eq " [0-9a-f]+ +$kind" tap.out || fail "no $kind: $(cat tap.out)"
done
! grep -E '^[0-9]+ [<>] [0-9a-f]+ +[0-9]+ +[0-9]' tap.out || fail 'a message without a name'
