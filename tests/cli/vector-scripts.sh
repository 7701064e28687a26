#!/bin/sh
# The exchanges of example.jsonl, as a script with a test-case each, pass against chunk-serve.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$(dirname "$0")/../vector_scripts.sh" "$data/example.jsonl" >vectors.script
chunk-send --tap --strict -f vectors.script
