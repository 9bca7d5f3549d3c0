#!/usr/bin/env bash
# Draws the plots of docs/gate.md anew and compares them, byte by byte, with those that are there.
set -euo pipefail
out=$(mktemp -d "${TEST_TMPDIR:-/tmp}/plots.XXXXXX")
python3 docs/plots/make --warmpath cli/warmpath --out "$out"
status=0
for drawn in "$out"/*.svg; do
  name=$(basename "$drawn")
  cmp "$drawn" "docs/plots/$name" || { echo "docs/plots/$name is old: run docs/plots/make"; status=1; }
done
for kept in docs/plots/*.svg; do
  [[ -e "$out/$(basename "$kept")" ]] || { echo "$kept is not drawn by docs/plots/make"; status=1; }
done
exit $status
