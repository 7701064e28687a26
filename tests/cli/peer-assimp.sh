#!/bin/sh
# Assimp writes a GLB file, and reads it again after it was edited.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v assimp >/dev/null || skip 'no assimp'

printf 'v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n' >triangle.obj
assimp export triangle.obj triangle.glb -fglb2 >assimp.log || fail "$(cat assimp.log)"
run chunk-dump -p glb --check triangle.glb
expect_status 0
run chunk-recv -p glb --only JSON -F payload <triangle.glb
expect_status 0
[ "$(jq -r .asset.version out)" = 2.0 ] || fail "$(cat out)"
[ "$(jq -r '.buffers[0].byteLength' out)" -gt 0 ] || fail "$(cat out)"

# As long as it was, since the length of the file stands before the first chunk.
chunk-dump -p glb --text triangle.glb >text
sed 's/Open Asset Import Library/An editor made of streams/' text | chunk-send -p glb -f - >edited.glb
cmp -s triangle.glb edited.glb && fail 'nothing was edited'
assimp info edited.glb >assimp.log || fail "$(cat assimp.log)"
grep -q 'Vertices: *3$' assimp.log || fail "$(cat assimp.log)"
