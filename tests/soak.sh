#!/bin/sh
# Keeps a server busy for ten minutes and looks whether it stays as it is. The server listens on a Unix socket,
# TCP and TLS, has a command and two workers as handlers, a log and a metrics page. Clients load it without a
# pause, others are slow, broken or hostile and come again, the page is read, and SIGHUP reloads the certificate
# all the time. After the first minute and at the end nobody is connected for a moment: at the end there are as many
# descriptors, threads and children as then, and at most 2 MiB more memory. No reply is wrong or missing, and the
# server ends with status 0 and leaves nothing behind.
#
# tests/soak.sh [--quick] [SECONDS]
#
#   --quick   20 s, of which the first five are the first minute
#   SECONDS   how long it takes instead, more than that minute
#
# CHUNK_BUILD is the build directory; without it `build` in the source tree.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=${CHUNK_BUILD:-$here/../build}
[ -x "$build/tools/chunk-serve" ] || {
  echo "soak.sh: no tools in $build; tests/setup.sh test builds them" >&2
  exit 2
}
build=$(CDPATH='' cd -- "$build" && pwd)
PATH=$build/tools:$PATH
export PATH
exec </dev/null
# Signals that this shell was started with ignored would be so in the tools.
exec env --default-signal=HUP,INT,QUIT,TERM python3 -B "$here/faults/soak.py" "$@"
