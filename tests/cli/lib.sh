# Helpers of the command line tests. A test begins with
#   . "$(dirname "$0")/lib.sh"
# and is then in a directory of its own, which goes when it ends, with the tools on its PATH and
# nothing on its standard input. Whatever it leaves running is killed.
# shellcheck shell=sh

LC_ALL=C
PATH=${CHUNK_TOOLS:?is the directory of the tools; use meson test}:$PATH
data=${CHUNK_TESTS_DATA:?is the directory of the sample streams; use meson test}
export LC_ALL PATH data
exec </dev/null
umask 022

directory=$(mktemp -d "${TMPDIR:-/tmp}/chunk-cli.XXXXXX")
running=

clean_up() {
  for each in $running; do kill -KILL "$each" 2>/dev/null || :; done
  cd /
  rm -rf -- "$directory"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
tests=$(CDPATH="" cd -- "$(dirname -- "$0")" && pwd)
export tests
cd -- "$directory" || exit

fail() {
  echo "$(basename -- "$0"): $*" >&2
  exit 1
}

skip() {
  echo "$(basename -- "$0"): skipped: $*" >&2
  exit 77
}

# need_terminal: skips what is left of the test where no pseudo-terminal can be made.
need_terminal() {
  command -v script >/dev/null || skip 'no script(1)'
  script -qec true /dev/null >/dev/null 2>&1 </dev/null || skip 'no pseudo-terminal can be made'
}

# need_localhost: skips what is left of the test where the name localhost has no address.
need_localhost() {
  getent hosts localhost >/dev/null || skip 'the name localhost has no address'
}

# run COMMAND...: runs it to its end. Its output is in the files out and err, its status in $status.
run() {
  ran=$*
  status=0
  "$@" >out 2>err || status=$?
}

expect_status() {
  [ "$status" -eq "$1" ] || fail "$ran: status $status, not $1; $(cat err)"
}

# expect_file FILE LINE...: the file consists of these lines, and is empty without any.
expect_file() {
  file=$1
  shift
  if [ $# -gt 0 ]; then printf '%s\n' "$@"; fi >expected
  diff -u expected "$file" >&2 || fail "${ran:-}: not what $file should hold"
}

expect_out() {
  expect_file out "$@"
}

expect_err() {
  expect_file err "$@"
}

expect_no_out() {
  expect_file out
}

expect_no_err() {
  expect_file err
}

# expect_same FILE FILE: both hold the same bytes.
expect_same() {
  cmp -- "$1" "$2" >&2 || fail "${ran:-}: $1 and $2 differ"
}

# expect_hex FILE DIGITS...: the file holds these bytes; blanks between the digits do not count.
expect_hex() {
  hex=$(xxd -p "$1" | tr -d '\n')
  shift
  wanted=$(echo "$*" | tr -d ' \n')
  [ "$hex" = "$wanted" ] || fail "${ran:-}: $hex, not $wanted"
}

# expect_plain FILE...: nothing in them but line feeds and 0x20 to 0x7e.
expect_plain() {
  for each; do
    count=$(tr -d '\n -~' <"$each" | wc -c)
    [ "$count" -eq 0 ] || fail "${ran:-}: $each holds control characters: $(xxd "$each")"
  done
}

# le32 NUMBER: its four bytes, little-endian, in the notation.
le32() {
  printf '%%%02x%%%02x%%%02x%%%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24))
}

# own PID: has a process of the background killed at the end of the test.
own() {
  running="$running $1"
}

# finish PID: waits for it. Its status is in $status.
finish() {
  ran="process $1"
  status=0
  wait "$1" || status=$?
  rest=
  for each in $running; do [ "$each" = "$1" ] || rest="$rest $each"; done
  running=$rest
}

# start NAME TOOL ARGUMENT...: starts a tool that listens, and waits until it does. Its output goes
# to NAME.out and NAME.err, its process ID to $pid, the first address that it announces to $address.
start() {
  name=$1
  shift
  mkfifo "$name.ready"
  # A shell takes standard input away from what it starts in the background.
  { "$@" --ready-fd 3 <&4 >"$name.out" 2>"$name.err" 3>"$name.ready" 4<&- & } 4<&0
  pid=$!
  own "$pid"
  exec 9<"$name.ready"
  next_address
  rm -- "$name.ready"
}

# Reads a further address that the tool of the last start announces.
next_address() {
  # shellcheck disable=SC2034 # tests use it
  read -r address <&9 || fail "$name does not listen: $(cat "$name.err")"
}

# await FILE COMMAND...: waits until the command succeeds, for ten seconds. FILE tells why it did not.
await() {
  teller=$1
  shift
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -le 500 ] || fail "not in time: $*: $(cat "$teller")"
    sleep 0.02
  done
}

# zsh_with ARGUMENT...: runs zsh. LeakSanitizer, which stops a process at its end to look at it, was seen
# to wait for ever for a child of zsh to stop, so leaks are not looked for there.
zsh_with() {
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" zsh "$@"
}

# misuse MESSAGE TOOL ARGUMENT...: a wrong command line, refused in one line and a hint
misuse() {
  message=$1
  shift
  run "$@"
  expect_status 2
  expect_no_out
  expect_err "$1: $message" "Try '$1 --help'."
}

# gone PID...: waits for the end of processes that are on their way to it, for ten seconds each.
gone() {
  for each; do
    left=1000
    # Of a process whose parent has gone, init may still have to take note.
    while kill -0 "$each" 2>/dev/null; do
      case $(sed 's/.*) //;s/ .*//' "/proc/$each/stat" 2>/dev/null || :) in Z | '') break ;; esac
      left=$((left - 1))
      [ "$left" -gt 0 ] || fail "${ran:-}: process $each is still there"
      sleep 0.01
    done
  done
}

# stop PID: ends a server, and waits for it. Its status is in $status.
stop() {
  kill "$1"
  finish "$1"
}

# fake ADDRESS OPTION...: starts a server that performs the script on standard input with each of
# its clients. Its log goes to fake.err, its process ID to $pid, its address to $address.
fake() {
  cat >fake.script
  start fake chunk-serve --script fake.script "$@"
}

# report_of FILE: what chunk-send tells of a test, without what differs from run to run.
report_of() {
  sed -E -e '/^( *- "| *)waited +[0-9]/d' -e 's/ \([0-9.]+ (s|ms|us|ns)\)$/ (TIME)/' \
    -e 's/ time="[0-9.]+"/ time="T"/g' -e 's/ took [0-9.]+ (s|ms|us|ns)/ took TIME/g' \
    -e 's/(tcp:[^ ]*):[0-9]+/\1:PORT/g' "$1"
}

# expect_report: standard error holds this report; it is read from standard input.
expect_report() {
  cat >wanted
  report_of err >report
  diff -u wanted report >&2 || fail "$ran: not the report that it should print"
}

# log_of FILE: a server's log without what differs from run to run, and without its settings.
log_of() {
  sed -E -e '/ event=start /d' -e 's/^time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z /time=T /' \
    -e 's/ pid=[0-9]+/ pid=P/' -e "s/ uid=$(id -u) gid=$(id -g)/ uid=U gid=G/" \
    -e 's/ ms=[0-9]+$/ ms=M/' -e 's/(tcp:[^ ]*):[0-9]+/\1:PORT/g' "$1"
}

# peak PID: the most memory that it has had resident so far, in KiB.
peak() {
  sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$1/status"
}

# has_ipv6: this machine has an IPv6 loopback address.
has_ipv6() {
  grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 2>/dev/null
}
