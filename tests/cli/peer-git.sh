#!/bin/sh
# git clones through a tap, and its own trace has the same packets.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v git >/dev/null || skip 'no git'
command -v socat >/dev/null || skip 'no socat'

HOME=$PWD
GIT_CONFIG_NOSYSTEM=1
export HOME GIT_CONFIG_NOSYSTEM
git config --global user.name 'A Tester'
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global safe.directory '*'
mkdir served
git init -q served/project
head -c 200000 /dev/urandom >served/project/data
git -C served/project add data
git -C served/project commit -qm first

socat "UNIX-LISTEN:$PWD/daemon,fork" \
  EXEC:"git daemon --inetd --export-all --base-path=$PWD/served" 2>daemon.log &
own $!
await daemon.log [ -S daemon ]
start tap chunk-dump -q -p git --list --tap ./front ./daemon
tap=$pid
cat >through <<SCRIPT
#!/bin/sh
exec socat - UNIX-CONNECT:$PWD/front
SCRIPT
chmod +x through
GIT_PROXY_COMMAND=$PWD/through GIT_TRACE_PACKET=$PWD/packets \
  git clone -q git://localhost/project clone
cmp served/project/data clone/data || fail 'the clone differs'
stop "$tap"

# Packets of text as git has traced them: what it has written and read, and how many were a flush.
# The packets of the pack itself are shortened in the trace.
flushes=$(grep -Ec 'packet: +(clone|fetch)[<>] 0000$' packets)
shown=$(awk '$3 ~ /^[0-9a-f]+$/ && $0 ~ /alone|flush|len=0/' tap.out | wc -l)
[ "$flushes" -gt 0 ] || fail 'no flush was traced'
written=$(grep -Ec 'packet: +clone> ' packets)
seen=$(grep -c '^1 > ' tap.out)
[ "$written" -eq "$seen" ] || fail "git wrote $written packets, $seen were seen ($shown flushes)"
