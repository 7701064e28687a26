#!/bin/sh
# The steps before the cases of a file, or in arguments, are performed once for each file.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >one <<'EOF'
run:echo one >>log
let:text=of one
start:exec chunk-serve %{address}
test-case:first
ECHO:%{text}
expect:ECHO:of one
let:more=only here
test-case:second
ECHO:%{text}%{common}
expect:ECHO:of one, for all
EOF
cat >two <<'EOF'
run:echo two >>log
let:text=of two
test-case:third
connect:unix:server
ECHO:%{text}%{common}
expect:ECHO:of two, for all
EOF
cat >plain <<'EOF'
# without cases, and thus one
run:echo plain >>log
connect:unix:server
ECHO:%{common}
expect:ECHO:, for all
EOF

start server chunk-serve unix:server
run timeout 20 chunk-send -f one -f two -f plain 'let:common=, for all' -v
expect_status 0
expect_no_out
expect_report <<'EOF'
chunk-send: passed 1 first (TIME)
chunk-send: passed 2 second (TIME)
chunk-send: passed 3 third (TIME)
chunk-send: passed 4 plain (TIME)
chunk-send: 4 passed
EOF
expect_file log one two plain
: >log

# Of one case only its own file is prepared.
run timeout 20 chunk-send -f one -f two -f plain 'let:common=, for all' -v --case third
expect_status 0
expect_report <<'EOF'
chunk-send: passed 3 third (TIME)
chunk-send: 1 passed
EOF
expect_file log two

# Without a case anywhere, all files are one.
printf '%s\n' 'connect:unix:server' 'ECHO:a' >half
printf '%s\n' 'expect:ECHO:a' 'ECHO:%{value}' 'expect:ECHO:b' >rest
run timeout 20 chunk-send -f half -f rest let:value=b -v
expect_status 0
expect_report <<'EOF'
chunk-send: passed 1 half (TIME)
chunk-send: 1 passed
EOF

# Arguments that do more than prepare are a case of their own.
run timeout 20 chunk-send -c unix:server -f two 'let:common=, for all' NOOP expect:NOOP
expect_status 2
expect_err "chunk-send: two:5: '%{common}': nothing before it gives this name a value" \
  '  ECHO:%{text}%{common}' '              ^^^^^^^^^'
printf '%s\n' test-case:case NOOP expect:NOOP >case
run timeout 20 chunk-send -c unix:server -f case ECHO:a expect:ECHO:a -v
expect_status 0
expect_report <<'EOF'
chunk-send: passed 1 arguments (TIME)
chunk-send: passed 2 case (TIME)
chunk-send: 2 passed
EOF

# What a case gives a value is none for the next.
printf '%s\n' test-case:a let:x=1 'ECHO:%{x}' test-case:b 'ECHO:%{x}' >script
run timeout 20 chunk-send -c unix:server -f script
expect_status 2
expect_err "chunk-send: script:5: '%{x}': nothing before it gives this name a value" \
  '  ECHO:%{x}' '       ^^^^'

# Where the preparation fails, so do all cases of its file, and no others.
cat >bad <<'EOF'
run:echo bad >>log; exit 9
test-case:fourth
NOOP
expect:NOOP
test-case:fifth
NOOP
expect:NOOP
EOF
run timeout 20 chunk-send -c unix:server -f bad -f case
expect_status 1
expect_report <<'EOF'
chunk-send: bad:1: run:echo bad >>log; exit 9: ended with status 9
  case      1 fourth
  again     chunk-send -c unix:server -f bad -f case --case 1
chunk-send: bad:1: run:echo bad >>log; exit 9: ended with status 9
  case      2 fifth
  again     chunk-send -c unix:server -f bad -f case --case 2
chunk-send: 1 passed, 2 failed
EOF
expect_file log two bad
