#!/bin/sh
# --report chooses the reports of a test, of which the HTML one is a single page that needs nothing else.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
cat >script <<'END'
test-case:good
ECHO:a
expect:ECHO:a
test-case:<b>odd</b> & "odd" ESC[2J
ECHO:abXd%00<
expect:ECHO:abcd%00<!
test-case:left out
skip-if:true
NOOP
expect:NOOP
test-case:chatty
NOOP
END
escape=$(printf '\033')
sed "s/ESC/$escape/" script >'it<s'
printf '%s\n' NOOP expect:NOOP >other

run timeout 20 chunk-send -q -c unix:server -f 'it<s' -f other --report html:page.html
expect_status 1
grep -q '^chunk-send: ' err || fail 'the text report is not there'
expect_plain page.html
sed -E -e 's/>[0-9.]+ (s|ms|us|ns)</>TIME</g' -e 's/ in [0-9.]+ (s|ms|us)</ in TIME</' page.html >page
ran='the page'
sed -n '/^<h1/,/^<h2/p' page >top
expect_file top '<h1 class="failed">3 passed, 1 failed, 1 skipped</h1>' \
  '<p class="remark">5 cases in TIME</p>' '<h2>it&lt;s</h2>'
grep -c '<h2>' page >count
expect_file count 2
grep -q '<td class="number">1</td><td class="passed">passed</td><td class="name">good</td><td class="time">TIME<' page ||
  fail "$(cat page)"
grep -q '<details open><summary>&lt;b&gt;odd&lt;/b&gt; &amp; &quot;odd&quot; %1b\[2J</summary>' page ||
  fail "$(cat page)"
grep -q '<div class="remark">'"'true' succeeded</div>" page || fail "$(cat page)"
grep -q '<div class="remark">unix:server: a reply that no step examined: NOOP</div>' page ||
  fail "$(cat page)"
grep -q '<th>expected</th><td class="expected text"><code>expect:ECHO:abcd%00&lt;!</code></td>' page ||
  fail "$(cat page)"

# The bytes that differ are marked, in both rows.
sed -n 's/^<tr class="\(expected\|received\)"><th>.*<th>00000000<\/th>/\1 /p' page |
  sed -e 's/<td[^>]*>//g' -e 's/<\/td>/ /g' -e 's/ *<\/tr>//' -e 's/<mark>\([^<]*\)<\/mark>/[\1]/g' \
    -e 's/  */ /g' >bytes
expect_file bytes 'expected 61 62 [63] 64 00 3c [21] ab[c]d.&lt;[!]' \
  'received 61 62 [58] 64 00 3c ab[X]d.&lt;'

# Nothing is fetched from anywhere, and the colours are those of the reader.
! grep -E '<script|<link|<img|url\(|https?:|@import|src=' page || fail 'not self-contained'
grep -q 'prefers-color-scheme: dark' page || fail 'no dark colours'
if command -v xmllint >found; then
  run xmllint --html --noout page.html
  # It does not know the elements of this century.
  grep -v -e 'Tag mark invalid' -e 'Tag details invalid' -e 'Tag summary invalid' err | grep error >errors || :
  expect_file errors
fi

# Several reports at once, in all spellings
run timeout 20 chunk-send -c unix:server -f other --report tap --report=junit:a.xml --junit b.xml \
  --report html:c.html --tap
expect_status 0
expect_no_err
expect_out 'TAP version 13' 1..1 'ok 1 - other'
for file in a.xml b.xml; do
  sed 's/ time="[^"]*"/ time="T"/g' "$file" | tail -n 4 >end
  expect_file end '  <testsuite name="chunk-send" tests="1" failures="0" errors="0" skipped="0" time="T">' \
    '    <testcase classname="other" name="other" time="T"/>' '  </testsuite>' '</testsuites>'
done
run timeout 20 chunk-send -c unix:server -f other --report text --report tap
expect_status 0
expect_err 'chunk-send: 1 passed'
expect_out 'TAP version 13' 1..1 'ok 1 - other'

# What a report replaces keeps its permissions, and is there until the new one is whole.
chmod 600 c.html
run timeout 20 chunk-send -q -c unix:server --report html:c.html run:'cp c.html during' expect:NOOP -w 0.1
expect_status 4
grep -q '<h1 class="passed">1 passed</h1>' during || fail "$(cat during)"
grep -q '<h1 class="failed">0 passed, 1 failed</h1>' c.html || fail "$(cat c.html)"
[ "$(stat -c %a c.html)" = 600 ] || fail "$(stat -c %a c.html)"
[ "$(stat -c %a page.html)" = 644 ] || fail "$(stat -c %a page.html)"

# What is no regular file is written to as it is.
mkfifo pipe
cat pipe >piped &
own "$!"
reader=$!
run timeout 20 chunk-send -q -c unix:server --report junit:pipe NOOP expect:NOOP
expect_status 0
finish "$reader"
[ -p pipe ] || fail 'the pipe is not one any more'
tail -n 1 piped >last
expect_file last '</testsuites>'

# A command that runs one case again writes no report.
run timeout 20 chunk-send -c unix:server -f 'it<s' --report html:x.html --report=junit:y.xml --report text
sed -n 's/^  again     //p' err >again
expect_file again "chunk-send -c unix:server -f 'it<s' --report text --case 2"

# Mistakes
misuse "--report: 'x' not in {text,tap,junit:FILE,html:FILE}" chunk-send -c unix:none --report x NOOP
for word in tap: tap:file; do
  misuse '--report: tap takes no file' chunk-send -c unix:none --report $word NOOP
done
for word in junit html; do
  misuse "--report: $word needs a file: $word:FILE" chunk-send -c unix:none --report $word NOOP
  misuse "--report: $word needs a file: $word:FILE" chunk-send -c unix:none --report $word: NOOP
done
run chunk-send -c unix:none --report junit:a --report html:a NOOP
expect_status 2
expect_err "chunk-send: --report: two reports have the file 'a'"
run chunk-send -c unix:none --report html:no/file NOOP
expect_status 6
expect_err 'chunk-send: no/file: no such file or directory'
run chunk-send -c unix:none --report html:. NOOP
expect_status 6
expect_err 'chunk-send: .: is a directory'
