#!/bin/sh
# chunk-dump --text makes git show what differs between two versions of a file with chunks.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v git >/dev/null || skip 'no git'
HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES=$PWD
export HOME GIT_CONFIG_NOSYSTEM GIT_CEILING_DIRECTORIES
unset GIT_DIR GIT_WORK_TREE GIT_CONFIG_COUNT || :
git init -q .
git config diff.chunk.textconv 'chunk-dump --text'
echo '*.chunk diff=chunk' >.gitattributes
chunk-send NOOP ECHO:%00old SHUT >talk.chunk
git add talk.chunk
chunk-send NOOP ECHO:%00new SHUT >talk.chunk
run git diff --no-color
expect_status 0
grep '^[-+ ][A-Z]' out >changes
expect_file changes ' NOOP' '-ECHO:%00old' '+ECHO:%00new' ' SHUT'
