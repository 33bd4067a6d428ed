#!/bin/sh
# usage: store.sh LOAM DIRECTORY     what is written into a store that uses the plugin comes back
set -eu
loam=$1
LOAM_PLUGIN_PATH=$2
export LOAM_PLUGIN_PATH
stack=$(dirname "$0")/stack.json
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

i=0
while [ $i -lt 1000 ]; do
  printf 'key%04d\tvalue........................%d\n' $i $i
  i=$((i + 1))
done >"$work/records"
"$loam" config check "$stack"
"$loam" --store "$work/db" --stack "$stack" load - <"$work/records"
"$loam" --store "$work/db" compact
"$loam" --store "$work/db" scan >"$work/found"
cmp "$work/records" "$work/found"
