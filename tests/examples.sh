#!/bin/sh
# Runs the examples of a document as printed, and compares what each prints.
#
# usage: examples.sh FILE     (a README with ```sh blocks, or a manual page with .Bd -literal)
#
# In a manual page, a line "$ COMMAND" is an example, "> ..." continues it; the lines up to the next
# example or the end of the block are its output, standard error included. In a README, each ```sh block
# is an example, and the ```text block behind it is its output; without one it prints nothing. A block
# behind the comment `<!-- not run: REASON -->` is no example.
#
# All examples of a document run in one shell, in a directory that contains only tests/data. An example
# that ends in & is waited for until it has printed as many lines as expected. Times are compared as TIME.
#
# A comment before a block, `<!-- needs PROGRAM... -->` or `.\" needs PROGRAM...`, names programs without
# which the examples of this block are left out.
set -eu

document=$1
: "${CHUNK_TOOLS:?the directory of the tools}" "${CHUNK_TESTS_DATA:?the directory of the samples}"

work=$(mktemp -d)
finish() {
  status=$?
  [ ! -s "$work/jobs" ] || xargs kill <"$work/jobs" 2>/dev/null || :
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

mkdir "$work/examples" "$work/here" "$work/temporary"
mkdir "$work/here/tests"
cp -R "$CHUNK_TESTS_DATA" "$work/here/tests/data"

# Splits the document into NUMBER.sh and NUMBER.expected, and NUMBER.needs for the programs of a block.
awk -v out="$work/examples/" '
  function begin(text) { number++; name = sprintf("%s%03d", out, number)
                         printf "" > (name ".expected"); print text > (name ".sh")
                         print needs > (name ".needs") }
  function begin_block() { begin(":") }
  function plain(text) { gsub(/\\e/, "\\", text); gsub(/\\-/, "-", text); gsub(/\\&/, "", text)
                         gsub(/\\\(aq/, "\047", text); return text }
  /^<!-- not run: .* -->$/ { left_out = 1 }
  /^```sh$/ { script = !left_out; left_out = 0; if (script) begin_block(); next }
  /^```text$/ { output = 1; next }
  /^```/ && (script || output) { script = output = 0; needs = ""; next }
  script { print > (name ".sh"); next }
  output { print > (name ".expected"); next }
  /^\.Bd -literal/ { inside = 1; manual = 1; name = ""; next }
  /^\.Ed/ { inside = 0; needs = ""; next }
  !inside && (/^<!-- needs .* -->$/ || /^\.\\" needs /) { needs = $0; gsub(/^.* needs | -->$/, "", needs) }
  !inside { next }
  manual { $0 = plain($0) }
  /^\$ / { begin(substr($0, 3)); next }
  /^> / && name != "" { print substr($0, 3) > (name ".sh"); next }
  name != "" { print > (name ".expected") }
' "$document"

# Replaces times, which vary, and adds a missing line feed to the last line.
normalize() { sed "s/time=[0-9TZ:.-]*/time=TIME/" "$1" | awk 1; }

wait_for_lines() {  # FILE COUNT: until the file has so many lines, 20 s at most
  tries=0
  while [ "$(wc -l <"$1")" -lt "$2" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 400 ] || return 0  # the comparison shows what is missing
    sleep 0.05
  done
}

missing_of() {  # PROGRAM...: which of them are not installed
  for each; do command -v "$each" >/dev/null || echo "$each"; done
}

PATH=$CHUNK_TOOLS:$PATH
TMPDIR=$work/temporary
export PATH TMPDIR
cd "$work/here"
failed=0
count=0
left_out=0
for example in "$work"/examples/*.sh; do
  [ -e "$example" ] || break
  count=$((count + 1))
  # shellcheck disable=SC2046 # a list of names
  missing=$(missing_of $(cat "${example%.sh}.needs"))
  if [ -n "$missing" ]; then
    left_out=$((left_out + 1))
    echo "left out without $missing: $(head -n 1 "$example")"
    continue
  fi
  printed=${example%.sh}.printed
  expected=${example%.sh}.expected
  set +e  # an example may fail, and show how
  # shellcheck disable=SC1090  # the example is what is tested
  . "$example" >"$printed" 2>&1 </dev/null
  set -e
  jobs -p >"$work/jobs"
  case $(cat "$example") in
    *'&')
      wait_for_lines "$printed" "$(wc -l <"$expected")"
      ;;
  esac
  normalize "$expected" >"$expected.plain"
  normalize "$printed" >"$printed.plain"
  if ! diff -u "$expected.plain" "$printed.plain" >"$example.diff"; then
    failed=$((failed + 1))
    echo "not as printed: $(cat "$example")"
    sed 1,2d "$example.diff"
  fi
done
echo "$document: $count examples, $failed not as printed, $left_out left out"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
