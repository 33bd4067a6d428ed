#!/bin/sh
# usage: ci.sh [PREFIX]     builds and tests from nothing; PREFIX is where Loam is installed
set -eu
cd "$(dirname "$0")"
cmake -G Ninja -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="${1:-/usr/local}"
cmake --build build
ctest --test-dir build --output-on-failure
