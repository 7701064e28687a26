#!/bin/sh
# What is built by default withstands the usual mistakes: overflows are noticed, no memory is both
# written and executed, addresses are not known before, and tables of addresses are read-only.
#
# hardening.sh PROBE FILE...
#
# PROBE is made of hardening_probe.cpp. Each FILE is a tool or a shared library.
set -eu
export LC_ALL=C

fail() {
  printf 'hardening.sh: %s\n' "$1" >&2
  exit 1
}

probe=$1
shift

# dies HOW: by SIGABRT, which a shell shows as 128 more, and says why
dies() {
  status=0
  reason=$("$probe" "$1" 48 2>&1 >/dev/null) || status=$?
  [ "$status" -eq 134 ] || fail "an overflow by '$1' ends with status $status: $reason"
  case $reason in
    *"$2"*) ;;
    *) fail "an overflow by '$1' is noticed as: $reason" ;;
  esac
}

# shellcheck disable=SC3045 # where it is known, no file is left behind
ulimit -c 0 || true
"$probe" copy 16 || fail "a copy that fits ends with status $?"
dies copy 'buffer overflow detected'
dies stack 'stack smashing detected'

command -v readelf >/dev/null || exit 77

for file; do
  shown=$(readelf -hldW "$file")
  # has PATTERN WHAT
  has() { printf '%s\n' "$shown" | grep -Eq "$1" || fail "$file: $2"; }
  has_not() { if printf '%s\n' "$shown" | grep -Eq "$1"; then fail "$file: $2"; fi; }

  has '^ *Type: +DYN' 'is not position-independent'
  has '^ *GNU_RELRO ' 'has no read-only relocations'
  has '\(FLAGS\).*BIND_NOW|\(FLAGS_1\).* NOW' 'binds its functions later'
  has '^ *GNU_STACK .* RW ' 'has no stack, or one that can be executed'
  has_not '^ *(LOAD|GNU_STACK) .* RWE ' 'has memory that can be written and executed'
  has_not '\(TEXTREL\)' 'relocates its code'
  has_not '\((RPATH|RUNPATH)\)' 'looks for libraries in a directory of its own'
done
