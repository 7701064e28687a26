#!/bin/sh
# The exchanges of example.jsonl pass wherever the bytes sent are split into two writes.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The two of 64 KiB would take an hour with sanitizers, and have the same header as the others.
"$(dirname "$0")/../vector_scripts.sh" "$data/example.jsonl" 1000 >vectors.script
chunk-send --tap --split-sweep -f vectors.script
