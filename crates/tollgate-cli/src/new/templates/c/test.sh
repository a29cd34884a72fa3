#!/bin/sh
# Builds the program, runs it with the one file that it may read, and compares what it prints.
set -eu
cd "$(dirname "$0")"
sh build.sh
printed="$(tollgate run __NAME__.wasm --quiet --allow-read=notes.txt -- notes.txt)"
[ "$printed" = "notes.txt: 5 words" ] || { echo "FAILED: it printed: $printed"; exit 1; }
if tollgate run __NAME__.wasm --quiet -- notes.txt 2>/dev/null; then echo "FAILED: it read a file without a grant"; exit 1; fi
echo "passed"
