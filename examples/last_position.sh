#!/usr/bin/env bash
# What the model is about to say after a prompt, layer by layer, as a picture for the terminal.
#   bash examples/last_position.sh "Tom and Lily went to the park. They saw a big"
set -euo pipefail
url=${MIDSTREAM_URL:-http://127.0.0.1:8000}
prompt=${1:-"Once upon a time, there was a little girl named"}

# A text in JSON: backslashes and quotes need a backslash.
quoted=$(printf %s "$prompt" | sed 's/[\\"]/\\&/g')

curl --silent --show-error --fail-with-body "$url/probe" -H 'Accept: text/plain' --json "{\"prompt\": \"$quoted\", \"top_k\": 5}"
