#!/bin/sh
# Calls the functions, and compares what they return.
set -eu
cd "$(dirname "$0")"
returns() {
    wanted="$1"
    shift
    got="$(tollgate run __NAME__.wat --quiet --invoke "$@")"
    [ "$got" = "$wanted" ] || { echo "FAILED: $* is $got and not $wanted"; exit 1; }
}
returns 42 add -- 2 40
returns 120 factorial -- 5
echo "passed"
