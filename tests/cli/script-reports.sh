#!/bin/sh
# A test is reported as text, as TAP and as JUnit XML, all in plain ASCII, whatever the names.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
cat >"it's a script" <<'EOF'
test-case:good
ECHO:a
expect:ECHO:a
test-case:<odd> & "odd" 'odd' #odd \odd 100% ESC[2J
ECHO:%1b%0a<&>"#\
expect:ECHO:]]>
test-case:left out
skip-if:test '<&">#' != x
NOOP
expect:NOOP
test-case:chatty
NOOP
ECHO:<&>#
expect:NOOP
request:NOOP
EOF
escape=$(printf '\033')
sed "s/ESC/$escape/" "it's a script" >moved
mv moved "it's a script"
suite() {
  run timeout 20 chunk-send -c unix:server "-fit's a script" "$@"
  expect_plain err out
}

# Silent about what is well
suite
expect_status 1
expect_out 'ECHO:<&>#'
cat >text <<'EOF'
chunk-send: it's a script:6: expect:ECHO:]]>: the payload differs: byte 0 is 1b, not 5d
  case      2 <odd> & "odd" 'odd' #odd \odd 100% %1b[2J
  peer      unix:server
  expected  expect:ECHO:]]>
  received  ECHO:%1b%0a<&>"#\  (at stream offset 0x0)
  differ    from byte 0 of 3 expected and 8 received, stream offset 0x8
  expected  00000000  5d 5d 3e                                           ]]>
  received  00000000  1b 0a 3c 26 3e 22 23 5c                            ..<&>"#\
                      ^^ ^^ ^^ ^^ ^^ ^^ ^^ ^^                            ^^^^^^^^
  before    it's a script:5: ECHO:%1b%0a<&>"#\
EOF
again="chunk-send -c unix:server '-fit'\\''s a script'"
{
  cat text
  echo "  again     $again --case 2"
  echo 'chunk-send: chatty: unix:server: a reply that no step examined: NOOP'
  echo 'chunk-send: 2 passed, 1 failed, 1 skipped'
} >wished
expect_report <wished

# Telling of all, and of nothing but failures
suite -v
expect_status 1
{
  echo 'chunk-send: passed 1 good (TIME)'
  cat text
  echo "  again     $again -v --case 2"
  echo "chunk-send: skipped 3 left out: 'test '<&\">#' != x' succeeded"
  echo 'chunk-send: chatty: unix:server: a reply that no step examined: NOOP'
  echo 'chunk-send: passed 4 chatty (TIME)'
  echo 'chunk-send: 2 passed, 1 failed, 1 skipped'
} >wished
expect_report <wished
suite -q
expect_status 1
{
  cat text
  echo "  again     $again -q --case 2"
} >wished
expect_report <wished

# The last row is a command that runs the case again.
sh -c "$(sed -n 's/^  again     //p' report)" 2>err >out || status=$?
expect_status 1
expect_no_out
expect_report <wished
suite --case chatty -q
expect_status 0
expect_no_err
suite --case=4
expect_status 0
expect_out 'ECHO:<&>#'
suite --case 5
expect_status 2
expect_err "chunk-send: --case: there is no '5' among 4 cases; --list-cases lists them"
suite --case goo
expect_status 2
expect_err "chunk-send: --case: there is no 'goo' among 4 cases; there is 'good'"

# TAP, with what is printed as comments; and XML besides
suite --tap --junit junit.xml
expect_status 1
expect_no_err
{
  printf '%s\n' 'TAP version 13' 1..4 'ok 1 - good' \
    "not ok 2 - <odd> & \"odd\" 'odd' %23odd %5codd 100% %1b[2J" '  ---' \
    '  message: "it'\''s a script:6: expect:ECHO:]]>: the payload differs: byte 0 is 1b, not 5d"' \
    '  status: 1' '  details:'
  sed -e 1d -e 's/["\\]/\\&/g' -e 's/^  \(.*\)/    - "\1"/' text
  echo "    - \"again     $again --tap --case 2\"" | sed "s/\\\\''/\\\\\\\\''/"
  printf '%s\n' '  ...' "ok 3 - left out # SKIP 'test '<&\">%23' != x' succeeded" '# ECHO:<&>#' \
    '# unix:server: a reply that no step examined: NOOP' 'ok 4 - chatty'
} >wished
report_of out >report
diff -u wished report >&2 || fail 'not the TAP that it should print'

expect_plain junit.xml
report_of junit.xml >report
{
  cat <<'EOF'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="0" skipped="1" time="T">
  <testsuite name="chunk-send" tests="4" failures="1" errors="0" skipped="1" time="T">
    <testcase classname="it's a script" name="good" time="T"/>
    <testcase classname="it's a script" name="&lt;odd&gt; &amp; &quot;odd&quot; 'odd' #odd \odd 100% %1b[2J" time="T">
      <failure type="status 1" message="it's a script:6: expect:ECHO:]]&gt;: the payload differs: byte 0 is 1b, not 5d">case      2 &lt;odd&gt; &amp; &quot;odd&quot; 'odd' #odd \odd 100% %1b[2J
EOF
  sed -e 1,2d -e 's/^  //' -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' \
    -e 's/"/\&quot;/g' text
  echo "again     $again --tap --case 2"
  cat <<'EOF'
</failure>
    </testcase>
    <testcase classname="it's a script" name="left out" time="T">
      <skipped message="'test '&lt;&amp;&quot;&gt;#' != x' succeeded"/>
    </testcase>
    <testcase classname="it's a script" name="chatty" time="T">
      <system-out>unix:server: a reply that no step examined: NOOP</system-out>
    </testcase>
  </testsuite>
</testsuites>
EOF
} >wished
diff -u wished report >&2 || fail 'not the XML that it should write'
if command -v xmllint >found; then
  run xmllint --noout junit.xml
  expect_status 0
  expect_no_err
fi

# What goes wrong here ends the reports as well.
printf '%s\n' test-case:first ECHO:a expect:ECHO:a test-case:second run:true test-case:third NOOP >local
: >junit.xml
TMPDIR=$PWD/none run timeout 20 chunk-send -c unix:server -f local --junit junit.xml --tap
expect_status 6
reason=$(sed -n 's/^chunk-send: //p' err)
case $reason in
  "$PWD"/none/chunk-??????': no such file or directory') ;;
  *) fail "$(cat err)" ;;
esac
expect_err "chunk-send: $reason"
expect_out 'TAP version 13' 1..3 'ok 1 - first' "Bail out! $reason in 2 second"
grep -q '<testsuites tests="1" failures="0" errors="1" ' junit.xml || fail "$(cat junit.xml)"
grep -qx "    <system-err>$reason in 2 second</system-err>" junit.xml || fail "$(cat junit.xml)"
tail -n 1 junit.xml >last
expect_file last '</testsuites>'
TMPDIR=$PWD/none run timeout 20 chunk-send -c unix:server -f local
expect_status 6
reason=$(sed -n '$s/^chunk-send: //p' err)
expect_err "chunk-send: $reason"

# A file that cannot be written is told before anything runs.
run chunk-send -c unix:none --junit no/file expect:NOOP
expect_status 6
expect_no_out
expect_err 'chunk-send: no/file: no such file or directory'
stop "$pid"

# Whatever a peer sends, it is printed as text.
{
  echo expect:ECHO
  number=0
  printf 'ECHO:'
  while [ "$number" -lt 256 ]; do
    printf '%%%02x' "$number"
    number=$((number + 1))
  done
  printf '\nraw-send:%%1b]0;%%01%%00%%00%%00%%07\nraw-send:%%1b[2J%%ff\nexpect-close\n'
} >script
fake unix:fake <script
for steps in 'expect:ECHO:x' 'expect:ECHO:~^x' 'expect:ECHO:XXXX=' 'expect:ECHO expect:ECHO' \
  'expect:ECHO request:ECHO expect:NOOP' 'expect-nothing:1' 'expect-close' 'expect-raw:x'; do
  for options in --strict '--tap --junit hostile.xml --trace'; do
    : >hostile.xml
    # shellcheck disable=SC2086 # words
    run timeout 20 chunk-send -c unix:fake -w 0.1 $options ECHO $steps
    [ "$status" -ne 0 ] || fail "$ran: passed"
    expect_plain out err hostile.xml
  done
done
