#!/usr/bin/env bash
# Runs deploy/examples/ci/check_backup on its rows: it must say yes, no and "cannot be told" where that is so.
set -uo pipefail

export WARMPATH=$PWD/cli/warmpath TMPDIR=$TEST_TMPDIR
ci=deploy/examples/ci
failures=0

# expect STATUS WORDS FILE FILE [option...]
expect() {
  local status=$1 words=$2 before=$3 after=$4 got=0
  shift 4
  local out
  out=$("$ci/check_backup" "$@" "$before" "$after" 2>&1) || got=$?
  if [[ $got -ne $status || "$out" != *"$words"* ]]; then
    echo "check_backup $* $before $after: ended with $got instead of $status, or did not say '$words':"
    echo "$out"
    failures=$((failures + 1))
  fi
}

expect 3 "Yes: with the new prompt" $ci/before.rows.jsonl $ci/after.rows.jsonl
expect 3 "json_wrapped" $ci/before.rows.jsonl $ci/after.rows.jsonl
expect 3 '"invoice-1001"' $ci/before.rows.jsonl $ci/after.rows.jsonl
expect 0 "No: with the new prompt" $ci/before.rows.jsonl $ci/harmless.rows.jsonl
expect 0 "No: with the new prompt" $ci/before.rows.jsonl $ci/after.rows.jsonl --max-drop 50%
head -n 30 $ci/harmless.rows.jsonl > "$TEST_TMPDIR/short.jsonl"
expect 1 "10 rows of A are not in B" $ci/before.rows.jsonl "$TEST_TMPDIR/short.jsonl"
{ cat $ci/harmless.rows.jsonl; echo "not a row"; } > "$TEST_TMPDIR/bad.jsonl"
expect 1 "It cannot be told" $ci/before.rows.jsonl "$TEST_TMPDIR/bad.jsonl"
exit "$failures"
