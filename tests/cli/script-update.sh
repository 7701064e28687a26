#!/bin/sh
# chunk-send --update fills in the expect lines of scripts that fail, and changes nothing else.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server

# is_settled FILE COUNT: so many cases pass, with nothing to fill in, and the script is the one in wished.
is_settled() {
  for option in --update --strict; do
    run timeout 20 chunk-send -c unix:server -f "$1" "$option"
    expect_status 0
    expect_err "chunk-send: $2 passed"
  done
  expect_same wished "$1"
}

# Failing and empty lines, with whatever else is in the file
printf '%s\n' '# What the server says' 'test-case:text' '  ECHO:good evening' \
  '  expect:ECHO:good morning   ' '' '	# a sum' 'test-case:sum' 'CMPU:OPER=+:OPND=3:OPND=4' \
  'expect:ANSR:VALU=8.0' 'CMPU:OPER=/:OPND=1:OPND=0' 'expect,exact:ANSR:STS%20=1:VALU=0' \
  'test-case:empty' 'NOOP' 'expect' 'ECHO:%00~%3a%3d%25' 'expect:' 'b> connect:unix:server' \
  'b> CMPU:OPER=*:OPND=2:OPND=5' 'b>  expect:' 'ECHO:as it is' 'expect:ECHO:~^as' >script
printf 'test-case:last\r\nNOOP\r\nexpect:ECHO\r' >>script # a line without an end
cp script original
chmod 640 script
ln -s script link
run timeout 20 chunk-send -c unix:server -f link --update
expect_status 0
expect_no_out
grep -v ' was ' err >lines
expect_file lines 'chunk-send: 4 passed' 'chunk-send: link:4: updated: expect:ECHO:good evening' \
  'chunk-send: link:9: updated: expect:ANSR:VALU=7.0' \
  'chunk-send: link:11: updated: expect,exact:ANSR:STS%20=0' \
  'chunk-send: link:14: updated: expect:NOOP:' \
  'chunk-send: link:16: updated: expect:ECHO:%00~%3a%3d%25' \
  'chunk-send: link:19: updated: b>  expect,exact:ANSR:STS%20=1:VALU=10.0' \
  'chunk-send: link:24: updated: expect:NOOP:'
grep -A 1 ':9: ' err >lines
expect_file lines 'chunk-send: link:9: updated: expect:ANSR:VALU=7.0' \
  '  was       expect:ANSR:VALU=8.0'
sed -e '4s/expect.*g  /expect:ECHO:good evening  /' -e 9s/8.0/7.0/ -e '11s/1.*/0/' -e '14s/$/:NOOP:/' \
  -e '16s/$/ECHO:%00~%3a%3d%25/' -e '19s/.*/b>  expect,exact:ANSR:STS%20=1:VALU=10.0/' \
  -e 24s/ECHO/NOOP:/ original >wished
expect_same wished script
[ -L link ] || fail 'the link is not one any more'
[ "$(stat -c %a script)" = 640 ] || fail "$(stat -c %a script)"
[ "$(ls -A)" = "$(ls)" ] || fail "left behind: $(ls -A)"

# Again there is nothing to do, and the file is not touched.
file_before=$(stat -c '%i %Y' script)
is_settled script 4
[ "$(stat -c '%i %Y' script)" = "$file_before" ] || fail 'was written again'

# A script that was updated by one server fails with another where that one differs, and only there.
start other chunk-serve --exec 'ECHO=tr w v' unix:other
printf '%s\n' test-case:1 ECHO:one expect test-case:2 ECHO:two expect ECHO:three expect \
  test-case:3 ECHO:four 'expect:ECHO:~^f' >differs
run timeout 20 chunk-send -q -c unix:server -f differs --update
expect_status 0
expect_no_err
run timeout 20 chunk-send -c unix:server -f differs
expect_status 0
cp differs before
run timeout 20 chunk-send -c unix:other -f differs
expect_status 1
grep '^chunk-send' err >lines
expect_file lines \
  'chunk-send: differs:6: expect:ECHO:two: the payload differs: byte 1 is 76, not 77' \
  'chunk-send: 2 passed, 1 failed'
run timeout 20 chunk-send -q -c unix:other -f differs --update
expect_status 0
diff before differs >changes || :
expect_file changes 6c6 '< expect:ECHO:two' --- '> expect:ECHO:tvo'

# stays STATUS: the last script is as it was, and the report says so
stays() {
  run timeout 20 chunk-send -c unix:server -w 0.3 -f stays --update
  expect_status "$1"
  expect_same stays was
  tail -n 2 err >lines
  expect_file lines 'chunk-send: 0 passed, 1 failed' 'chunk-send: stays: not updated, since a case has failed'
}
printf '%s\n' ECHO:a expect:ECHO:b expect >stays
cp stays was
stays 4
printf '%s\n' ECHO:a expect:ECHO:b WHAT expect >stays
cp stays was
stays 3
printf '%s\n' ECHO:a expect:ECHO:b run:false >stays
cp stays was
stays 1

# Names that a line gives or uses are never lost.
printf '%s\n' CMPU:OPER=+:OPND=1:OPND=2 'expect:ANSR:VALU={sum}:STS%20=0' 'ECHO:%{sum}' \
  'expect:ECHO:%{sum}' >names
run timeout 20 chunk-send -q -c unix:server -f names --update
expect_status 0
expect_file names CMPU:OPER=+:OPND=1:OPND=2 'expect:ANSR:VALU={sum}:STS%20=1' 'ECHO:%{sum}' \
  'expect:ECHO:%{sum}'
for line in 'expect:ECHO:~(?P<digits>[0-9]+)' 'expect:ECHO:%{name}'; do
  printf '%s\n' let:name=x ECHO:abc "$line" >names
  cp names was
  run timeout 20 chunk-send -c unix:server -f names --update
  expect_status 1
  grep -q 'not updated, since the names in the line would be lost$' err || fail "$(cat err)"
  expect_same names was
done

# A line that is performed several times can have only one reply.
printf '%s\n' repeat:3 ECHO:a expect end >rounds
run timeout 20 chunk-send -q -c unix:server -f rounds --update
expect_status 0
expect_file rounds repeat:3 ECHO:a expect:ECHO:a end
for line in expect 'expect:ECHO:~^'; do
  printf '%s\n' let:text=a repeat:2 'ECHO:%{random:8}' "$line" end >rounds
  cp rounds was
  run timeout 20 chunk-send -c unix:server -f rounds --update
  expect_same rounds was
  [ "$line" = expect ] || continue
  expect_status 1
  grep -q 'expect: the line was filled in with another reply before$' err || fail "$(cat err)"
done

# Raw bytes: as many as the line has
printf '%s\n' ECHO:ab 'expect-raw:ECHO%02%00%00%00xy' 'ECHO:{ %25' '  expect-raw:%00%00%00%00%00%00%00%00%00%00%00  ' >raw
run timeout 20 chunk-send -c unix:server -f raw --update
expect_status 0
printf '%s\n' ECHO:ab expect-raw:ECHO%02%00%00%00ab 'ECHO:{ %25' '  expect-raw:ECHO%03%00%00%00%7b%20%25  ' >wished
expect_same wished raw
grep ' updated: ' err >lines
expect_file lines 'chunk-send: raw:2: updated: expect-raw:ECHO%02%00%00%00ab' \
  'chunk-send: raw:4: updated: expect-raw:ECHO%03%00%00%00%7b%20%25'
is_settled raw 1
# refuses_raw REASON LINE...: the last line is not changed
refuses_raw() {
  reason=$1
  shift
  printf '%s\n' "$@" >raw
  cp raw was
  run timeout 20 chunk-send -c unix:server -w 0.3 -f raw --update
  grep -q "$reason\$" err || fail "$(cat err)"
  expect_same was raw
}
refuses_raw 'not updated, since the names in the line would be lost' let:x=1 NOOP 'expect-raw:%{x}'
refuses_raw 'not updated, since nothing came' NOOP shutdown expect:NOOP expect-raw:x
refuses_raw 'not all bytes came within 300 ms' NOOP expect-raw:123456789
refuses_raw 'the line was filled in with other bytes before' repeat:2 'ECHO:%{random:4}' expect-raw:123456789012 end

# Another framing
start framed chunk-serve -p netstring --worker cat unix:framed
printf '%s\n' :hello expect: :yes expect::no >talks
run timeout 20 chunk-send -q -p netstring -c unix:framed -f talks --update
expect_status 0
expect_file talks :hello expect: :yes expect::yes

# A file that is not any more what was read
printf '%s\n' ECHO:a expect:ECHO:b 'run:sed -i 2s/b/c/ moving' >moving
run timeout 20 chunk-send -c unix:server -f moving --update
expect_status 6
expect_file moving ECHO:a expect:ECHO:c 'run:sed -i 2s/b/c/ moving'
tail -n 1 err >lines
expect_file lines 'chunk-send: moving:2: the line has changed since it was read'

# Mistakes
run chunk-send -c unix:server --update ECHO:a expect:ECHO:b
expect_status 2
expect_err 'chunk-send: --update requires --script' "Try 'chunk-send --help'."
run chunk-send -c unix:server --update -f -
expect_status 2
expect_err "chunk-send: --update: '-': standard input cannot be written to"
run chunk-send -c unix:server -f differs --update --split-sweep
expect_status 2
printf '%s\n' NOOP expect >blank
run chunk-send -c unix:server -f blank
expect_status 2
expect_err "chunk-send: blank:2: 'expect': needs an argument after a colon; --update fills it in"
printf '%s\n' NOOP until >blank
run chunk-send -c unix:server -f blank --update
expect_status 2
expect_err "chunk-send: blank:2: 'until': needs an argument after a colon"
