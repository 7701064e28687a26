#!/bin/sh
# chunk-recv --split writes a file per whole chunk, all in one directory, whatever the IDs contain.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# list DIRECTORY: what is in it, on one line
list() {
  (cd "$1" && find . ! -name . | LC_ALL=C sort | tr '\n' ' ')
}

mkdir parts
run chunk-recv --split 'parts/{index}-{id}.bin' <"$data/req.chunk"
expect_status 0
expect_no_out
expect_no_err
[ "$(list parts)" = './0-NOOP.bin ./1-ECHO.bin ./2-CMPU.bin ./3-SHUT.bin ' ] || fail "$(list parts)"
expect_hex parts/0-NOOP.bin ''
printf 'hi there!' >wanted
expect_same parts/1-ECHO.bin wanted
[ "$(stat -c %a parts/1-ECHO.bin)" = 644 ] || fail 'not the mode of a file'

# As they came, these are the stream again.
mkdir raw
run chunk-recv -F raw --split 'raw/{index}' --only ECHO --only CMPU -v <"$data/req.chunk"
expect_status 0
expect_err 'chunk-recv: 2 chunks, 36 bytes of payload'
cat raw/0 raw/1 >stream
run chunk-recv -F text <stream
expect_out 'ECHO:hi there!' CMPU:OPER=+:OPND=3:OPND=4

# IDs that would be paths
mkdir -p one/two
for template in '../../x{id}' 'one/two/{id}' '{id}' './{id}{index}'; do
  mkdir -p inner/most
  (
    cd inner/most
    mkdir -p one/two
    chunk-send ../x:a a/b%00:b ....:c %00%00%00%00:d '%2fetc:e' '..%2f.:f' '~%0a*%00:g' '%2drf%20:h' \
      '%25s{}:i' >../stream
    chunk-recv --split "$template" <../stream
  ) || fail "$template"
done
list . | tr ' ' '\n' | grep '^./x' >outside || fail 'nothing beside the template'
expect_file outside './x%00%00%00%00' './x%25s%7b%7d' './x%2e%2e%2e%2e' './x%2e%2e%2f%2e' \
  './x%2e%2e%2fx' './x%2fetc' './x%7e%0a%2a%00' './x-rf%20' './xa%2fb%00'
[ "$(find inner/most/one/two -type f | wc -l)" -eq 9 ] || fail "$(find inner)"
[ "$(find inner/most -maxdepth 1 -type f | wc -l)" -eq 18 ] || fail "$(find inner)"

# What is there stays.
echo precious >parts/taken-0
run chunk-recv --split 'parts/taken-{index}' <"$data/req.chunk"
expect_status 6
expect_err 'chunk-recv: parts/taken-0: file exists'
expect_file parts/taken-0 precious
ln -s nowhere parts/link-0
run chunk-recv --split 'parts/link-{index}' <"$data/req.chunk"
expect_status 6
if [ -e parts/nowhere ]; then fail 'a link was followed'; fi

# A directory that is not there is told of before anything is read.
run chunk-recv --split 'none/{index}' <"$data/req.chunk"
expect_status 6
expect_err 'chunk-recv: none: no such file or directory'

# What is not whole is not there.
mkdir cut
chunk-send NOOP ECHO,len=3000000,fill=2000000:x >stream
run chunk-recv --split 'cut/{index}' <stream
expect_status 5
[ "$(list cut)" = './0 ' ] || fail "$(list cut)"
mkfifo silent
exec 7<>silent
for signal in TERM KILL; do
  chunk-send ECHO,len=3000000,fill=2000000:x >&7 &
  own $!
  writer=$!
  chunk-recv --split 'cut/{index}' <silent 2>err &
  receiver=$!
  own "$receiver"
  finish "$writer"
  kill -"$signal" "$receiver"
  finish "$receiver"
  [ "$(list cut)" = './0 ' ] || fail "SIG$signal leaves $(list cut)"
done

# Many senders
mkdir many
start merger chunk-recv -k -l unix:socket -n 3 --split 'many/{index}'
chunk-send -c unix:socket ECHO:a ECHO:b
chunk-send -c unix:socket ECHO,fill=2000000:x
finish "$pid"
expect_status 0
[ "$(list many)" = './0 ./1 ./2 ' ] || fail "$(list many)"
[ "$(stat -c %s many/2)" -eq 2000000 ] || fail 'the long one is not whole'

# Mistakes, before anything is opened
for wrong in 'parts/' 'parts/name' '{id}/name' 'parts/{name}' 'parts/{id' ''; do
  run chunk-recv --split "$wrong" <"$data/req.chunk"
  expect_status 2
  expect_no_out
done
run chunk-recv --split 'parts/{id}' -F text <"$data/req.chunk"
expect_status 2

# Numbers of equal width
mkdir equal
run chunk-recv --split 'equal/{index:03}-{id}' <"$data/req.chunk"
expect_status 0
[ "$(list equal)" = './000-NOOP ./001-ECHO ./002-CMPU ./003-SHUT ' ] || fail "$(list equal)"
for wrong in '{index:}' '{index:0}' '{index:3}' '{index:00}' '{index:021}' '{index:0x}' '{index:0-3}'; do
  run chunk-recv --split "$wrong" <"$data/req.chunk"
  expect_status 2
  expect_err "chunk-recv: --split: '$wrong' is not {index:0N} with N from 1 to 20"
done
run chunk-recv --split '{id:03}' <"$data/req.chunk"
expect_status 2
