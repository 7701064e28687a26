#!/bin/sh
# Installs the Debian packages that are missing, configures and builds. Where nothing is missing it
# needs neither the network nor root.
#
# tests/setup.sh [GROUP]... [OPTION]...
#
#   tools    builds the four tools and nothing else; this is so without any group
#   test     builds everything, and installs what the tests run
#   bench    builds the tools and what tests/bench measures with, in a directory of its own, and
#            installs what they are compared with
#   checks   installs what .ci/run and tests/tidy.sh check with, and what tests/bench needs
#   OPTION   anything that starts with a dash goes to `meson setup`
#
# Puts the name of the build directory on standard output and everything else on standard error:
#   build=$(tests/setup.sh test)
#
# CHUNK_BUILD  the build directory. Without it: `build`, or `build-bench`, in the source tree or, where
#              the user cannot write that, a directory of the user's own under ${TMPDIR:-/tmp}.
# CXX          the compiler
set -eu

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

packages_tools='g++ meson ninja-build pkgconf libcli11-dev libfmt-dev libasio-dev libexpected-dev
  libtomlplusplus-dev libre2-dev libssl-dev nlohmann-json3-dev'
packages_test='doctest-dev fish haproxy iproute2 jq libedit2 openssl procps python3 strace systemd tmux
  xxd zsh'
packages_bench='bsdextrautils doctest-dev fq gnuplot-nox hexyl libbenchmark-dev memcached ncat
  netcat-openbsd pv python3 redis-server socat valgrind xxd'
# The programs at the end are peers that tests meet where they are installed.
packages_checks='clang-19 clang-tidy-19 libclang-rt-19-dev clang-format mandoc shellcheck
  assimp-utils ffmpeg git i3-wm kcat midicsv mosquitto mosquitto-clients neovim nghttp2-client
  nghttp2-server openssh-client pngcheck postgresql python3-docker python3-twisted
  rsyslog sndfile-programs socat sox webext-browserpass webp xvfb'

say() {
  echo "setup.sh: $*" >&2
}

fail() {
  say "$@"
  exit 1
}

is_mine() {
  [ "$(stat -c %u -- "$1")" = "$(id -u)" ]
}

may_build_in() {
  if [ -e "$1" ]; then is_mine "$1"; else [ -w "$(dirname -- "$1")" ]; fi
}

missing_of() {
  for package; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) echo "$package" ;;
    esac
  done
}

install_missing() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is not Debian, so these must be there already: $*"
    return
  fi
  missing=$(missing_of "$@" | sort -u | tr '\n' ' ')
  [ -n "$missing" ] || return 0

  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "only root can install what is missing: $missing"
    as_root=sudo
  fi
  say "installing $missing"
  $as_root apt-get update --quiet >&2
  # shellcheck disable=SC2086 # a list of names
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet --yes --no-install-recommends $missing >&2
}

# What one user builds, another cannot build anew, so each has a directory of their own. Below a
# directory that all may write to, somebody else may have made it first.
choose_build_directory() {
  if [ -n "${CHUNK_BUILD:-}" ]; then
    build=$CHUNK_BUILD
  elif may_build_in "$source/$name"; then
    build=$source/$name
  else
    build=${TMPDIR:-/tmp}/chunk-$name-$(id -u)-$(echo "$source" | cksum | cut -d ' ' -f 1)
  fi
  mkdir -p -- "$build"
  if [ -L "$build" ] || ! is_mine "$build"; then fail "$build belongs to somebody else"; fi
  build=$(CDPATH='' cd -- "$build" && pwd -P)
}

has_tests() {
  [ -e "$build/build.ninja" ] &&
    meson introspect --buildoptions "$build" | tr '{' '\n' | grep '"name": "tests"' |
    grep -q '"value": true'
}

# A directory that was configured for another tree, compiler or Meson is made anew, with the options
# that it had. The stamp says what it was configured for.
configure() {
  stamp=$build/setup-stamp
  # shellcheck disable=SC2086 # CXX may name a program with its arguments
  wanted="$source, Meson $(meson --version), $(LC_ALL=C ${CXX:-c++} --version)"
  if [ -n "$tests" ] && ! has_tests; then
    set -- "$@" -Dtests=true
  elif [ ! -e "$build/build.ninja" ]; then
    set -- "$@" -Dtests=false
  fi
  if [ ! -e "$build/build.ninja" ]; then
    mode=
  elif [ ! -e "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    mode=--wipe
  elif [ $# -gt 0 ]; then
    mode=--reconfigure
  else
    return 0
  fi
  # shellcheck disable=SC2086 # no mode is no argument
  meson setup $mode "$@" "$build" "$source" >&2
  echo "$wanted" >"$stamp"
}

packages=$packages_tools
targets='tools/chunk-dump tools/chunk-recv tools/chunk-send tools/chunk-serve'
name=build
tests=
while [ $# -gt 0 ]; do
  case $1 in
    tools) ;;
    test)
      packages="$packages $packages_test"
      targets=all
      tests=yes ;;
    bench)
      packages="$packages $packages_bench"
      targets="$targets bench"
      name='build-bench'
      tests=yes ;;
    checks) packages="$packages $packages_checks $packages_bench" ;;
    -*) break ;;
    *) fail "no such group of packages: $1" ;;
  esac
  shift
done

# shellcheck disable=SC2086 # a list of names
install_missing $packages
choose_build_directory
configure "$@"
# shellcheck disable=SC2086 # a list of names
ninja -C "$build" $targets >&2
echo "$build"
