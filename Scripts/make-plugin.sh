#!/usr/bin/env bash
# Builds build/libpagedattention.so. Package.swift has the flags that make it a plugin for any process.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --configuration release --product pagedattention >&2
mkdir -p build
cp .build/release/libpagedattention.so build/libpagedattention.so.new
mv build/libpagedattention.so.new build/libpagedattention.so
ls -l build/libpagedattention.so >&2
