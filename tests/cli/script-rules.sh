#!/bin/sh
# Rules answer requests any number of times and in any order, beside the steps that come in a row.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# log_is LINE...: the log holds these lines, each with its time before it
log_is() {
  log_of fake.err | sed -e '/event=listening/d' -e 's/^time=T level=//' >log
  expect_file log "$@"
}

# The first rule that matches answers. What an answer does not say is not answered.
fake unix:fake <<'EOF'
let:price=3
on:GETK:KEYN=apple
VALU:red
end
on:GETK:KEYN={k}
repeat:2
VALU:%{k}-%{client}
end
end
on:PUTK:PRCE=%{price}
NOOP
end
on:TELL
end
on:QUIT
NOOP
close
end
EOF
run timeout 20 chunk-send -c unix:fake GETK:KEYN=pear GETK:KEYN=apple TELL:x PUTK:PRCE=3 expect:VALU:pear-1 \
  expect:VALU:pear-1 expect:VALU:red expect:NOOP GETK:KEYN=fig until:VALU expect:VALU:fig-1 \
  QUIT expect:NOOP expect-close:eof
expect_status 0
# Thousands at once
run timeout 60 chunk-send -c unix:fake repeat:3000 GETK:KEYN=apple end repeat:3000 expect:VALU:red end
expect_status 0
# What is unknown is told once, and ends the connection.
run timeout 20 chunk-send -c unix:fake DELK DELK GETK:KEYN=apple expect-close
expect_status 0
run timeout 20 chunk-send -c unix:fake PUTK:PRCE=4 expect-close
expect_status 0
run timeout 20 chunk-send -c unix:fake TELL raw-send:GET shutdown expect-close
expect_status 0
stop "$pid"
expect_status 1
log_is 'info event=script-passed conn=1 requests=6 out=81' \
  'info event=script-passed conn=2 requests=3000 out=33000' \
  'warning event=script-failed conn=3 at=fake.script:2 step="among the rules" reason="no rule answers DELK" received=DELK' \
  'warning event=script-failed conn=4 at=fake.script:10 step="on:PUTK:PRCE=%{price}" reason="no rule answers PUTK like this: subchunk PRCE: the payload differs: byte 0 is 34, not 33" received="PUTK:PRCE=4"' \
  'warning event=script-failed conn=5 at="argument 0" step="at the end" reason="truncated at byte 0x8: GET: a header has 8 bytes, 3 are there"' \
  'info event=drain by=SIGTERM' 'info event=stopped failed=3'

# Steps take what they expect, and rules what comes between. Neither waits for the other.
fake unix:fake <<'EOF'
on:PING
PONG
end
expect:HELO:{name}
HELO:%{name}
on:PING:{text}
PONG:%{text}
end
expect:DONE
expect-close
EOF
run timeout 20 chunk-send -c unix:fake PING HELO:me PING:a expect:PONG:'' expect:HELO:me expect:PONG:'' \
  DONE PING shutdown expect:PONG: expect-close:eof
expect_status 0
run timeout 20 chunk-send -c unix:fake PING HELO:me PING DONE BAD0 expect:PONG expect:HELO expect:PONG expect-close
expect_status 0
stop "$pid"
expect_status 1
log_is 'info event=script-passed conn=1 requests=4 out=34' \
  'warning event=script-failed conn=2 at=fake.script:10 step=expect-close reason="a chunk came, not the end of the connection" received=BAD0' \
  'info event=drain by=SIGTERM' 'info event=stopped failed=1'

# A client that stays is no reason to wait when the server stops, and an idle one is let go.
printf 'on:PING\nPONG\nend\n' >ping
fake unix:fake --idle-timeout 0.3 <ping
run timeout 20 chunk-send -w 15 -c unix:fake PING expect:PONG expect-close:eof
expect_status 0
stop "$pid"
expect_status 0
fake unix:fake <ping
mkfifo there
timeout 20 chunk-send -c unix:fake PING expect:PONG 'run:echo >there' expect-close:eof 2>client &
client=$!
own "$client"
read -r _ <there
stop "$pid"
expect_status 0
finish "$client"
expect_status 0

# With chunk-send the same is a test, whose waits have limits.
start fake timeout 20 chunk-send -l unix:listen 'on:GETK:KEYN={k}' 'VALU:%{k}' end on:NOOP end
run timeout 20 chunk-send -c unix:listen GETK:KEYN=a NOOP NOPE expect:VALU:a expect-close
expect_status 0
finish "$pid"
expect_status 1
mv fake.err err
expect_report <<'EOF'
chunk-send: unix:listen: among the rules: no rule answers NOPE
  peer      unix:listen
  expected  on:GETK:KEYN={k}, on:NOOP
  received  NOPE  (at stream offset 0x19)
  before    argument 1: on:GETK:KEYN={k}
            argument 4: on:NOOP
            argument 2: VALU:%{k}
chunk-send: 0 passed, 1 failed
EOF
start fake timeout 20 chunk-send -w 0.3 -l unix:listen on:NOOP NOOP end
run timeout 20 chunk-send -w 15 -c unix:listen NOOP expect:NOOP expect-close
expect_status 0
finish "$pid"
expect_status 4
mv fake.err err
expect_report <<'EOF'
chunk-send: unix:listen: among the rules: no request within 300 ms
  peer      unix:listen
  expected  on:NOOP
  received  nothing
  before    argument 1: on:NOOP
            argument 2: NOOP
chunk-send: 0 passed, 1 failed
EOF
# A client that ends is the end.
start fake timeout 20 chunk-send -l unix:listen on:NOOP NOOP end
run timeout 20 chunk-send -c unix:listen NOOP NOOP
expect_status 0
finish "$pid"
expect_status 0
# The time of a step includes that of the rules meanwhile.
start fake timeout 20 chunk-send -w 0.3 -l unix:listen on:NOOP NOOP end expect:LAST
timeout 20 chunk-send -c unix:listen repeat:1000 NOOP delay:0.02 end >client 2>&1 &
client=$!
own "$client"
finish "$pid"
expect_status 4
grep -q 'expect:LAST: no reply within 300 ms' fake.err || fail "$(cat fake.err)"
