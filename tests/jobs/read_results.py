"""Reads a job's results as researchers do: the table with pandas, the seed's form with csv and ast.

Arguments: the results as NDJSON, as CSV and in the seed's form. Prints how much was compared.
"""

import ast
import csv
import io
import json
import sys
from pathlib import Path

import pandas as pd

ndjson, table, seed = (Path(path) for path in sys.argv[1:])
items = [json.loads(line) for line in ndjson.read_text(encoding="utf-8").splitlines()]
COLUMNS = {"attn_out": 1, "resid_mid": 2, "mlp_out": 3, "resid_post": 4}

# The table: a row a token of a cell, numbers as in the JSON.
frame = pd.read_csv(table, keep_default_na=False, na_values={"logit": [""], "rank": [""], "layer": [""]})
assert list(frame.columns[:2]) == ["prompt_index", "prompt"], frame.columns
cells = 0
for item in items:
    rows = frame[frame.prompt_index == item["index"]]
    if "problem" in item:
        assert list(rows["kind"]) == ["problem"] and list(rows["text"]) == [item["problem"]["detail"]], rows
        continue
    tops = rows[rows.kind == "top"]
    expected = [(cell["site"], cell["layer"], token["id"], token["piece"], token["text"], token["logit"], cell["entropy"])
                for cell in item["response"]["readouts"] for token in cell["top"]]
    found = list(zip(tops.site, tops.layer.astype(int), tops.id.astype(int), tops.piece, tops.text, tops.logit,
                     tops.entropy.astype(float)))
    assert found == expected, next(pair for pair in zip(found, expected) if pair[0] != pair[1])
    cells += len(item["response"]["readouts"])

# The seed's form: what Python itself would write of the same numbers, byte for byte, and what it reads back.
def spelt(token, kind):
    if kind != "logit":
        return token["piece"]
    if token["piece"].startswith("▁"):
        return token["text"][1:]
    return token["text"] or ("" if token["piece"] in ("<s>", "</s>", "<unk>") else "\ufffd")


again = io.StringIO()
writer = csv.writer(again, lineterminator="\n")
lists = 0
for item in items:
    writer.writerow(
        ["Layer", "Attention mechanism", "Intermediate residual stream", "MLP output", "Block output"])
    if "problem" in item:
        continue
    response = item["response"]
    kind = response["lenses"][0]["kind"]
    by_layer = {}
    for cell in response["readouts"]:
        row = by_layer.setdefault(cell["layer"], [f"layer{cell['layer']}", None, None, None, None])
        row[COLUMNS[cell["site"]]] = [(spelt(token, kind), round(100 * token["prob"], 2)) for token in cell["top"][:10]]
    for _, row in sorted(by_layer.items()):
        writer.writerow(row)
        lists += 4
text = seed.read_bytes().decode("utf-8")
assert text == again.getvalue(), next(
    pair for pair in zip(text.splitlines(), again.getvalue().splitlines()) if pair[0] != pair[1])
rows = list(csv.reader(io.StringIO(text, newline="")))
parsed = [ast.literal_eval(cell) for row in rows if row[0].startswith("layer") for cell in row[1:]]
assert len(parsed) == lists and all(len(cell) == 10 for cell in parsed)
assert all(isinstance(token, str) and isinstance(percent, float) for cell in parsed for token, percent in cell)
print(f"{len(items)} prompts, {cells} cells, {lists} lists")
