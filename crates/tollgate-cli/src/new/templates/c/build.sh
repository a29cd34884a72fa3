#!/bin/sh
# Builds the program with the clang of the WASI SDK, or with Debian's:
# apt-get install clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32
set -eu
cd "$(dirname "$0")"
if [ -n "${WASI_SDK_PATH:-}" ]; then
    "$WASI_SDK_PATH/bin/clang" -O2 -Wall -Wextra main.c -o __NAME__.wasm
else
    clang-14 --target=wasm32-wasi --sysroot=/usr -O2 -Wall -Wextra main.c -o __NAME__.wasm
fi
