#!/bin/sh
# Puts together what the image runs: sources, production packages of this platform, compiled modules.
# build.sh <source> <target>: run by the Dockerfile, and by the gate, which has no container engine.
set -eu
source=$1
target=$2
here="$source/scripts/container"

mkdir -p "$target"
cp -R "$source/." "$target"
for tool in build.sh production_config.ts prune_packages.ts; do rm "$target/scripts/container/$tool"; done

deno run --quiet --no-config --allow-read --allow-write="$target" "$here/production_config.ts" "$target"

cd "$target"
# What is started by its path: no import leads there.
entries="main.ts model/engine/main.ts $(find model -name '*worker.ts') $(find scripts -name '*.ts')"

# shellcheck disable=SC2086 # a list of words
deno install --quiet --entrypoint $entries
deno run --quiet --no-config --allow-read --allow-write="$target" "$here/prune_packages.ts" "$target"

# What is compiled here is not compiled at every start; the packages are not looked at again.
# shellcheck disable=SC2086
DENO_DIR="$target/.deno" deno cache --quiet $entries
chmod -R a+rX "$target"
