#!/bin/sh
# A tool loads nothing at its start but the C library, and chunk-serve libm: each further one takes a tenth of
# the start.
#
# libraries.sh TOOL...
set -eu
command -v readelf >/dev/null || exit 77

for tool; do
  allowed='libc\.so\.|ld-linux'
  case $tool in */chunk-serve) allowed="$allowed|libm\.so\." ;; esac
  loaded=$(readelf -dW "$tool" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  [ -n "$loaded" ] || { echo "libraries.sh: $tool: no libraries are listed" >&2; exit 1; }
  more=$(printf '%s\n' "$loaded" | grep -Ev "^($allowed)" | tr '\n' ' ')
  [ -z "$more" ] || { echo "libraries.sh: $tool also loads $more" >&2; exit 1; }
done
