#!/bin/sh
# Files that programs have written consist of the chunks that other programs find in them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

samples=$data/framings

# has PROGRAM: it is installed.
has() { command -v "$1" >/dev/null; }

# listed PROTOCOL FILE: ID and length of each chunk, in order.
listed() {
  chunk-dump -p "$1" --list "$2" >list || fail "$2: $(cat list)"
  awk '$2 != "(preamble)" { print $2, $3 }' list
}

# expect_chunks PROTOCOL FILE: standard input has the same IDs and lengths.
expect_chunks() {
  cat >theirs
  listed "$1" "$2" >ours
  [ -s theirs ] || fail "$2: the other program lists nothing"
  diff -u theirs ours >&2 || fail "$2: not the chunks that the other program finds"
}

# Python's modules.
if has python3 && python3 -W ignore -c 'import aifc, chunk, wave' 2>/dev/null; then
  cat >walk.py <<'PYTHON'
import chunk, sys, warnings
big, containers = sys.argv[2] == "big", sys.argv[3:]

def walk(file):
    while True:
        try:
            each = chunk.Chunk(file, bigendian=big)
        except EOFError:
            return
        name = each.getname().decode("latin-1")
        print(name.replace(" ", "%20"), each.getsize())
        if name in containers:
            each.read(4)
            walk(each)
        try:
            each.close()
        except RuntimeError:  # the last byte of padding is missing
            return

walk(open(sys.argv[1], "rb"))
PYTHON
  for name in riff.wav riff.wav-info riff.avi; do
    python3 -W ignore walk.py "$samples/$name.bin" little RIFF LIST | expect_chunks riff "$samples/$name.bin"
  done
  python3 -W ignore walk.py "$samples/rifx.bin" big RIFX LIST | expect_chunks rifx "$samples/rifx.bin"
  for name in iff.aiff iff.aifc iff.8svx; do
    python3 -W ignore walk.py "$samples/$name.bin" big FORM | expect_chunks iff "$samples/$name.bin"
  done
  # One byte a frame, and eight more at the beginning of AIFF's.
  frames=$(python3 -W ignore -c 'import sys, wave; print(wave.open(sys.argv[1]).getnframes())' "$samples/riff.wav.bin")
  listed riff "$samples/riff.wav.bin" | grep -qx "data $frames" || fail "$frames frames in WAV"
  frames=$(python3 -W ignore -c 'import sys, aifc; print(aifc.open(sys.argv[1]).getnframes())' "$samples/iff.aiff.bin")
  listed iff "$samples/iff.aiff.bin" | grep -qx "SSND $((frames + 8))" || fail "$frames frames in AIFF"
fi

if has pngcheck; then
  for name in png png.apng; do
    pngcheck -v "$samples/$name.bin" >found || fail "$(cat found)"
    # It counts from where the name stands.
    sed -n 's/^ *chunk \(....\) at offset 0x0*\([0-9a-f]*\), length \([0-9]*\).*/\2 \1 \3/p' found |
      while read -r offset id length; do printf '%08x %s %s\n' "$((0x$offset - 4))" "$id" "$length"; done >theirs
    chunk-dump -p png --list "$samples/$name.bin" | awk '$2 != "(preamble)" { print $1, $2, $3 }' >ours
    diff -u theirs ours >&2 || fail "$name: not the chunks that pngcheck finds"
  done
fi

if has webpinfo; then
  # It counts header and padding too, and does not list the whole.
  webpinfo "$samples/riff.webp.bin" |
    sed -n 's/^ *Chunk \([^ ]*\) *at offset *[0-9]*, length *\([0-9]*\)$/\1 \2/p' >theirs
  listed riff "$samples/riff.webp.bin" | sed 1d |
    while read -r id length; do echo "$id $((8 + length + length % 2))"; done >ours
  diff -u theirs ours >&2 || fail 'WebP: not the chunks that webpinfo finds'
fi

if has sndfile-info; then
  # found HEADER FILE: what it finds; some formats count the header as well.
  found() {
    sndfile-info "$2" | sed -n -e '/^ *edit /d' -e 's/^ *\([A-Za-z0-9]\{3,4\}\) : \([0-9]*\)$/\1 \2/p' |
      while read -r id length; do echo "$id $((length - $1))"; done
  }
  for name in iff.aiff iff.8svx; do
    found 0 "$samples/$name.bin" | expect_chunks iff "$samples/$name.bin"
  done
  found 0 "$samples/caf.sox.bin" | expect_chunks caf "$samples/caf.sox.bin"
  found 24 "$samples/w64.sox.bin" >theirs
  listed w64 "$samples/w64.sox.bin" | sed 's/^\([a-z]*\)[^ ]*/\1/' >ours
  diff -u theirs ours >&2 || fail 'W64: not the chunks that sndfile-info finds'
fi

if has ffprobe; then
  for name in mp4.m4a mp4.fragments; do
    # It looks into some boxes only for itself, and what is in a sample description is not a box here.
    ffprobe -v trace "$samples/$name.bin" 2>&1 |
      sed -n "s/.*type:'\(.*\)' parent:'.*' sz: \([0-9]*\) .*/\1 \2/p" | sed 's/^\[169\]/%a9/' |
      grep -Ev '^(esds|btrt) ' | while read -r id length; do echo "$id $((length - 8))"; done >theirs
    listed mp4 "$samples/$name.bin" | grep -Ev '^(url%20|mp4a|data|tfra|mfro) ' >ours
    diff -u theirs ours >&2 || fail "$name: not the boxes that ffprobe finds"
  done
fi

if has midicsv; then
  midicsv "$samples/midi.bin" >found
  [ "$(listed midi "$samples/midi.bin" | grep -c '^MTrk ')" -eq "$(grep -c Start_track found)" ] ||
    fail "not the tracks that midicsv finds: $(cat found)"
fi

# piped PROTOCOL LEAST COMMAND...: what it writes into a pipe, without knowing how much it will be, is
# listed whole.
piped() {
  protocol=$1
  least=$2
  shift 2
  "$@" 2>errors | cat >piped.bin
  [ -s piped.bin ] || fail "$*: $(cat errors)"
  run chunk-dump -p "$protocol" --list piped.bin
  expect_status 0
  expect_no_err
  # The last chunk ends where the file does, but for what pads it.
  run chunk-dump -p "$protocol" --text piped.bin
  expect_status 0
  mv out piped.text
  [ "$(wc -l <piped.text)" -ge "$least" ] || fail "$*: $(cat piped.text)"
  run chunk-send -p "$protocol" -f piped.text
  expect_same piped.bin out
}

if has sox; then
  for kind in wav aiff; do
    case $kind in wav) protocol=riff ;; *) protocol=iff ;; esac
    piped "$protocol" 1 sox -n -r 8000 -c 1 -b 8 -t "$kind" - synth 0.01 sine 440
  done
fi

if has ffmpeg; then
  sound='-f lavfi -i sine=frequency=440:sample_rate=8000 -t 0.05'
  picture='-f lavfi -i testsrc=size=16x16:rate=2 -t 1'
  # shellcheck disable=SC2086 # words of a command
  {
    piped riff 1 ffmpeg -v error $sound -f wav -
    piped riff 1 ffmpeg -v error $picture -c:v mjpeg -f avi -
    piped iff 1 ffmpeg -v error $sound -f aiff -
    piped caf 3 ffmpeg -v error $sound -c:a pcm_s16be -f caf -
    piped w64 1 ffmpeg -v error $sound -f w64 -
    piped mp4 3 ffmpeg -v error $sound -c:a aac -movflags frag_keyframe+empty_moov -f mp4 -
    piped png 4 ffmpeg -v error $picture -frames:v 1 -f image2pipe -c:v png -
  }
fi

# Each flipped byte of a picture is found, with the offset of its chunk.
mkdir flipped
python3 - "$samples/png.bin" >wanted <<'PYTHON'
import struct, sys
data = open(sys.argv[1], "rb").read()
starts = [0, 8]
while starts[-1] < len(data):
    starts.append(starts[-1] + 12 + struct.unpack_from(">I", data, starts[-1])[0])
for at in range(len(data)):
    wrong = bytearray(data)
    wrong[at] ^= 0x20
    with open("flipped/%03d" % at, "wb") as file:
        file.write(wrong)
    print("flipped/%03d:0x%x" % (at, max(start for start in starts if start <= at)))
PYTHON
run chunk-dump -p png --check flipped/*
expect_status 1
expect_no_err
cut -d : -f 1,2 out | sort -u >found
comm -23 wanted found >missed
[ ! -s missed ] || fail "flipped bytes that are not found: $(cat missed)"

# Padding that is missing at the end, as Python's wave leaves it, or not zero is a remark, and never the
# end of the walk.
chunk-send -p riff 'RIFF:WAVE:note=odd:data=odd' | sed 's/odd\x00data/odd!data/' >nonzero.wav
cp "$samples/riff.wav.bin" unpadded.wav
for name in nonzero unpadded; do
  run chunk-dump -p riff --list "$name.wav"
  expect_status 0
  expect_no_err
  [ "$(tail -n 1 out | awk '{ print $2 }')" = data ] || fail "$(cat out)"
  run chunk-dump -p riff --check "$name.wav"
  expect_status 1
  grep -q padding out || fail "$name: $(cat out err)"
done
