#!/bin/sh
# Builds the module, calls its function, and compares what it returns.
set -eu
cd "$(dirname "$0")"
tollgate build ts main.ts -o __NAME__.wasm >/dev/null
got="$(tollgate run __NAME__.wasm --quiet --invoke count --input-text "ask and ask again")"
[ "$got" = "ask 2, and 1, again 1" ] || { echo "FAILED: it returned: $got"; exit 1; }
echo "passed"
