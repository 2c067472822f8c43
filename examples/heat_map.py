"""Layer by position: the likeliest next token of each cell, coloured by its probability.

PYTHONPATH=clients/python python examples/heat_map.py heat_map.png "Tom and Lily went to the park. They saw a big"
"""

import os
import sys

import matplotlib.pyplot as plt
from midstream import Midstream

file = sys.argv[1] if len(sys.argv) > 1 else "heat_map.png"
prompt = sys.argv[2] if len(sys.argv) > 2 else "Once upon a time, there was a little girl named"
lab = Midstream(os.environ.get("MIDSTREAM_URL", "http://127.0.0.1:8000"))

cells = lab.probe(prompt, positions="all", top_k=1).query("kind == 'top'")
prob = cells.pivot(index="layer", columns="position", values="prob").to_numpy()
said = cells.pivot(index="layer", columns="position", values="piece").to_numpy()
read = [token["piece"] for token in cells.attrs["tokens"]]

layers, positions = prob.shape
figure, axes = plt.subplots(figsize=(1 + 0.75 * positions, 1 + 0.35 * layers), layout="constrained")
image = axes.imshow(prob, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=1)
for layer in range(layers):
    for position in range(positions):
        colour = "white" if prob[layer, position] > 0.6 else "black"
        text = said[layer, position].replace("▁", " ").strip()
        axes.text(position, layer, text, ha="center", va="center", color=colour, size=8, parse_math=False)
axes.set_xticks(range(positions), [piece.replace("▁", " ").strip() for piece in read], parse_math=False)
axes.set_yticks(range(layers))
axes.set(xlabel="after this token", ylabel="layer")
figure.colorbar(image, label="probability of the likeliest token")
figure.savefig(file, dpi=100)
