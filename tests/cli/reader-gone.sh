#!/bin/sh
# If the reader of a tool's output exits, SIGPIPE ends the tool at once and quietly, with or without input.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO,fill=20000000:x >big
mkfifo silent
exec 7<>silent

# ends INPUT COMMAND: it ends though more input, or more output, is to come.
ends() {
  ran=$2
  {
    code=0
    # shellcheck disable=SC2086 # a command with its arguments
    $2 <"$1" 2>err || code=$?
    echo "$code" >code
  } | head -c 1 >out
  status=$(cat code)
  expect_status 141
  expect_no_err
}

for command in chunk-send chunk-recv 'chunk-recv -F payload' 'chunk-recv -F text' \
  'chunk-dump --no-squeeze' 'chunk-dump --text'; do
  ends big "$command"
  chunk-send ECHO:some >&7
  ends silent "$command"
done

start server chunk-serve unix:server
chunk-send ECHO:some >&7
ends silent 'chunk-send --connect unix:server'
