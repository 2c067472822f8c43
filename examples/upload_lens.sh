#!/usr/bin/env bash
# Registers a lens file, prints how far it and the logit lens are from the model's output, and takes it away again.
#   bash examples/upload_lens.sh demo/lenses/tuned/params.pt
set -euo pipefail
url=${MIDSTREAM_URL:-http://127.0.0.1:8000}
file=${1:-demo/lenses/tuned/params.pt}
id=example-$$
ask() { curl --silent --show-error --fail-with-body "$@"; }

ask --upload-file "$file" "$url/lenses/$id" >/dev/null
trap 'ask -X DELETE "$url/lenses/$id"' EXIT

# CSV with top_k 0 has one row of kind "cell" for each layer; column 15 is the first statistic.
echo "layer lens KL"
ask "$url/probe" -H 'Accept: text/csv' --json '{
  "prompt": "Once upon a time, there was a little girl named",
  "lenses": ["logit", "'"$id"'"], "top_k": 0, "statistics": ["kl_output_lens"]
}' | tr -d '\r' | awk -F, '$1 == "cell" { printf "%5d %s %.3f\n", $7, $5, $15 }' | sort -n
