#!/bin/sh
# Scripts repeat steps, assign and insert values, and describe expected replies in several ways.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# passes FILE OPTION...: the script succeeds, without a word but the total
passes() {
  file=$1
  shift
  run timeout 20 chunk-send -c "$address" -f "$file" "$@"
  expect_status 0
  expect_no_out
  expect_err 'chunk-send: 1 passed'
}

printf 'a\0b%%\n' >contents
start server chunk-serve unix:server

# Whatever the reply, exact, by length, by expression, from a file; parts of it in any order or in
# this one, no others
cat >patterns <<'EOF'
ECHO:hello
expect:ECHO
ECHO:hello
expect:ECHO:hello
ECHO:hello
expect:ECHO:len=5
ECHO:hello
expect:ECHO:len=0..5
ECHO
expect:ECHO:len=0..0
ECHO:hello
expect:ECHO:~^h.*o$
ECHO:hello
expect:ECHO:~l+
ECHO:a%3db%3ac%0a
expect:ECHO:~^a%3db:c.$
ECHO:@contents
expect:ECHO:@contents
ECHO:@contents
expect:ECHO:a%00b%25%0a
CMPU:OPER=+:OPND=3:OPND=4
expect:ANSR:VALU=7.0
CMPU:OPER=+:OPND=3:OPND=4
expect:ANSR:VALU=~^7%2e:STS%20=1
CMPU:OPER=+:OPND=3:OPND=4
expect,exact:ANSR:STS%20=1:VALU=7.0
ECHO:XXXX=1:XXXX=22:YYYY=3:XXXX=22
expect:ECHO:YYYY=3:XXXX=~^2:XXXX=~2$:XXXX=~.
EOF
passes patterns

# Blocks within blocks, and none
cat >repeats <<'EOF'
repeat:0
expect:NEVR
repeat:2
end
end
repeat:3
  ECHO:outer
  repeat:2
    ECHO:inner
    NOOP
  end
  expect:ECHO:outer
  repeat:2
    expect:ECHO:inner
    expect:NOOP
  end
end
EOF
passes repeats

# A thousand requests before the first reply is looked at, and a request with its reply at once
passes /dev/null repeat:1000 NOOP end repeat:1000 expect:NOOP end
passes /dev/null repeat:1000 NOOP expect:NOOP end
# What request prints can still be examined, in its turn.
run chunk-send -c "$address" request:ECHO:1 expect:ECHO:1 request:ECHO:2 ECHO:3 expect:ECHO:2 \
  expect:ECHO:3 request:ECHO:4 request:ECHO:5 expect:ECHO:4 expect:ECHO:5 --strict
expect_status 0
expect_out ECHO:1 ECHO:2 ECHO:4 ECHO:5
expect_err 'chunk-send: 1 passed'
run chunk-send -c "$address" request:ECHO:1 expect:ECHO:2
expect_status 1
expect_out ECHO:1

# Values: given, of the environment, and of a reply, whole or in part
SPECIAL=$(printf 'a=b:c%%d ~e\nf')
export SPECIAL
cat >values <<'EOF'
let:name=one%00:two
let:both=%{name}+%{name}
ECHO:%{name}
expect:ECHO:one%00%3atwo
ECHO:%{both}
expect:ECHO:%{name}%2b%{name}
ECHO:%{env:SPECIAL}
expect:ECHO:a%3db%3ac%25d%20~e%0af
ECHO:x.+y
expect:ECHO:{whole}
ECHO:-x.+y-
expect:ECHO:~^-%{whole}-$
ECHO:%{whole}%3a%{whole}
expect:ECHO:x.+y%3ax.+y
CMPU:OPER=+:OPND=3:OPND=4
expect:ANSR:VALU={sum}:STS%20={status}
ECHO:%{sum}-%{status}
expect:ECHO:7.0-1
ECHO:id%3d1234; rest
expect:ECHO:~id%3d(?P<id>[0-9]+)%3b
ECHO:%{id}
expect:ECHO:1234
ECHO:%25{id}
expect:ECHO:%25{id}
ECHO:client %{client}
expect:ECHO:client 1
EOF
passes values
let='let:name=again'
passes values "$let" 'ECHO:%{name}' 'expect:ECHO:again'

# Random bytes are others each time, but for a seed.
cat >random <<'EOF'
let:id=%{random:16}
request:ECHO:%{id}
ECHO:%{id}
expect:ECHO:%{id}
request:ECHO:%{random:4}
EOF
for seed in 7 7 8; do
  run chunk-send -c "$address" -f random --seed "$seed"
  expect_status 0
  mv out "random.$seed.$(find . -name 'random.7.*' | wc -l)"
done
expect_same random.7.0 random.7.1
cmp -s random.7.0 random.8.2 && fail 'the seed does not count'
[ "$(wc -l <random.7.0)" -eq 2 ] || fail "$(cat random.7.0)"
run chunk-send -c "$address" -f random
expect_status 0
cmp -s random.7.0 out && fail 'without a seed the same'
exit 0
