#!/bin/sh
# Writes the exchanges of a file such as tests/data/example.jsonl as a script for chunk-send: a
# test-case each, against a server that the script starts.
#
# vector_scripts.sh FILE [LONGEST]
#
# With LONGEST, only exchanges that send at most that many bytes are written.
set -eu

file=$1
longest=${2:-4294967296}

echo 'start:chunk-serve --quiet %{address}'
jq -r --argjson longest "$longest" '
  # Whether a further request can follow these bytes: they are whole chunks. Of a length, the two
  # lower bytes are enough, since no chunk that is answered is longer.
  def ends_between_chunks:
    def digit: explode[0] | if . >= 97 then . - 87 else . - 48 end;
    def byte: (.[0:1] | digit) * 16 + (.[1:2] | digit);
    def rest:
      if length == 0 then true
      elif length < 16 then false
      else (.[8:10] | byte) as $low | (.[10:12] | byte) as $high
        | (.[12:14] | byte) as $higher | (.[14:16] | byte) as $highest
        | (8 + $low + 256 * ($high + 256 * ($higher + 256 * $highest))) as $size
        | if $size * 2 > length then false else .[$size * 2:] | rest end
      end;
    rest;

  # The pieces in which the bytes are written: a delay of no time lets each be a write.
  def pieces($sizes):
    if ($sizes | length) == 0 then [.]
    else . as $all
      | reduce $sizes[] as $size ({at: 0, out: []};
          {at: (.at + 2 * $size), out: (.out + [$all[.at:(.at + 2 * $size)]])})
      | .out
    end;

  select(.send | length <= 2 * $longest)
  | "test-case:" + .name,
    ((.pieces // []) as $sizes | .send | pieces($sizes)[] | "=S " + ., "delay:0"),
    (if .half_close then "shutdown" else empty end),
    (if .reply != "" then "=R " + .reply else empty end),
    (if .end == "closed" then "expect-close:eof"
     elif .send | ends_between_chunks then "NOOP", "expect:NOOP:"
     else "expect-nothing:0.02"
     end)
' "$file" |
  sed -e '/^=/ s/[0-9a-f][0-9a-f]/%&/g' -e 's/^=S /raw-send:/' -e 's/^=R /expect-raw:/'
