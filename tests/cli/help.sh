#!/bin/sh
# Every tool prints help of at most 80 columns and its version, and refuses an unknown option, with the
# one that was probably meant.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for tool in chunk-send chunk-recv chunk-dump chunk-serve; do
  for option in --help -h; do
    run "$tool" "$option"
    expect_status 0
    expect_no_err
    grep -q "^Usage: $tool " out || fail "$tool $option: no usage"
    awk 'length > 80' out >long
    expect_file long
    tr -d '\n -~' <out >odd
    expect_file odd
    # What people look for comes first: two commands, and what the most used options and ADDR are.
    grep '^[A-Z][A-Za-z ]*:' out | sed 's/:.*//' | grep -vx Arguments | head -n 4 >headings
    expect_file headings Usage Examples 'Common options' ADDR
    [ "$(sed -n '/^Examples:/,/^$/p' out | grep -c "^  $tool .*  # ")" -eq 2 ] || fail 'not two examples'
    sed -n '/^ADDR:/,/^$/p' out | grep -q '^  HOST:PORT ' || fail 'no HOST:PORT'
    # No option is there twice, no section is empty, and no two lines are.
    grep -o '^  -[^ ]*' out | sort | uniq -d >twice
    expect_file twice
    awk '/^$/ && (before == "" || before ~ /:$/) { print NR } { before = $0 }' out >empty
    expect_file empty
    tail -n 1 out | grep -q "^Manual: $tool(1)" || fail 'no manual at the end'
  done

  run "$tool" --version
  expect_status 0
  expect_out "$tool $CHUNK_VERSION"
  expect_no_err

  address=
  taker=--connect # an option that takes a value
  if [ "$tool" = chunk-serve ]; then
    address=unix:socket
    taker=--protocol
  fi
  run "$tool" --no-such-option ${address:+"$address"}
  expect_status 2
  expect_no_out
  expect_err "$tool: --no-such-option: no such option" "Try '$tool --help'."
  [ ! -e socket ] || fail "$tool has listened"
  for option in --hlep --HELP --hel=1; do
    run "$tool" "$option"
    expect_status 2
    expect_err "$tool: ${option%=1}: no such option; did you mean --help?" "Try '$tool --help'."
  done
  # Whoever asks for help or the version gets it, whatever is wrong beside it.
  for wrong in --max-chunk=x --no-such-option --quiet=x; do
    for order in "--help $wrong" "$wrong --help"; do
      # shellcheck disable=SC2086 # two arguments
      run "$tool" $order
      expect_status 0
      expect_no_err
      grep -q "^Usage: $tool " out || fail "$ran: no usage"
    done
    run "$tool" "$wrong" --version
    expect_status 0
    expect_out "$tool $CHUNK_VERSION"
  done
  run "$tool" -hq=1
  expect_status 0
  expect_no_err
  grep -q "^Usage: $tool " out || fail "$ran: no usage"
  # Nobody asks for help by the value of an option, or behind the end of the options.
  for arguments in "$taker --help" '-p -h' '-- --help'; do
    # shellcheck disable=SC2086 # two arguments
    run "$tool" ${address:+"$address"} $arguments </dev/null
    [ "$status" -ne 0 ] || fail "$ran: no failure"
    expect_no_out
    grep -q "^$tool: .*${arguments#* }" err || fail "$ran: $(cat err)"
  done
  run "$tool" -X
  expect_status 2
  expect_err "$tool: -X: no such option" "Try '$tool --help'."
done
