#!/bin/sh
# The systemd unit files are valid, and their sandbox is as strict as documented.
#
# tests/unit_files.sh SERVICE
#
#   SERVICE   chunk-serve.service as it is installed
set -eu

if ! command -v systemd-analyze >/dev/null; then
  echo 'unit_files.sh: skipped: there is no systemd-analyze' >&2
  exit 77
fi

most=15 # tenths of the exposure that systemd-analyze reckons, from 0 to 100

if ! systemd-analyze security --offline=true --no-pager --threshold="$most" "$1" >/dev/null 2>&1; then
  systemd-analyze security --offline=true --no-pager --threshold="$most" "$1" >&2 || :
  echo "unit_files.sh: $1: exposed to more than $most tenths" >&2
  exit 1
fi

# systemd only warns of unknown settings.
complaints=$(systemd-analyze verify --man=no "$1" 2>&1 |
  grep -F "$(basename -- "$1")" | grep -Ev 'is not executable|Unit .* not found' || :)
if [ -n "$complaints" ]; then
  echo "$complaints" >&2
  exit 1
fi
