#!/bin/sh
# With --exec-reply text a command says its replies itself, and one that says none properly fails.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir keys
printf red >keys/apple
cat >finder <<'EOF'
key=$(chunk-recv --only KEYN -F payload | tr -cd a-z)
if [ -f "keys/$key" ]; then
  chunk-send "VALR:VALU=@keys/$key" | chunk-dump --text
else
  echo "ERRR::no key $key"
fi
EOF
cat >many <<'EOF'
echo '# two
AAAA:1

  BBBB:KEYN=x
CCCC::a:b'
EOF
start server chunk-serve --exec 'GETK=sh ./finder' --exec 'MANY=sh ./many' --exec 'NONE=true' \
  --exec 'BAD0=echo GOOD:1; echo; echo BAD' --exec 'FILE=echo ECHO:@keys/apple' \
  --exec 'BIGR=echo ECHO,fill=1000001:a' --exec 'FAIL=echo GOOD; exit 3' \
  --exec-reply text --max-reply 1000000 unix:server
run timeout 20 chunk-send -c unix:server requestd:GETK:KEYN=apple request:GETK:KEYN=fig
expect_status 0
expect_out VALR:VALU=red 'ERRR:no key fig'
run timeout 20 chunk-send -c unix:server MANY NONE GETK:KEYN=apple expect:AAAA:1 expect:BBBB:KEYN=x \
  expect:CCCC::a:b expect:VALR expect-nothing:0.1
expect_status 0
# What is not said properly is not said at all.
for each in BAD0 FILE BIGR FAIL; do
  run timeout 20 chunk-send -c unix:server "$each" expect-close
  expect_status 0
done
stop "$pid"
expect_status 0
sed -n 's/.* event=close .*reason=failed detail="\(.*\)" local=.*/\1/p' server.err >details
expect_file details "line 3 of the output: 'BAD' is not an ID of four bytes" \
  "line 1 of the output: '@keys/apple': no files" 'line 1 of the output: a reply of more than 1000000 bytes' 'status 3'

# A reply has the fields of its request, unless it has some itself.
printf 'header = "id:4 stream:u8 length:u8"\n' >fields.toml
cat >say <<'EOF'
echo PONG:a
echo PONG,stream=9:b
EOF
start server chunk-serve -p ./fields.toml --exec 'PING=sh ./say' --exec-reply text unix:fields
run timeout 20 chunk-send -p ./fields.toml -c unix:fields PING,stream=3 expect:PONG,stream=3:a expect:PONG,stream=9:b
expect_status 0

run chunk-serve --exec-reply text unix:none
expect_status 2
expect_err 'chunk-serve: --exec-reply requires --exec' "Try 'chunk-serve --help'."
run chunk-serve --exec ECHO=cat --exec-reply json unix:none
expect_status 2
