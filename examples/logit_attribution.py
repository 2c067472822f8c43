"""Which parts of the model speak for a token: direct logit attribution.

With norm "final" every part is divided by the norm of the final residual, so the logits of the embedding and of all
attentions and MLPs add up to the model's own.

PYTHONPATH=clients/python python examples/logit_attribution.py
"""

import os

from midstream import Midstream

PROMPT = "Once upon a time, there was a little girl named"
TOKEN = " Lily"
lab = Midstream(os.environ.get("MIDSTREAM_URL", "http://127.0.0.1:8000"))

table = lab.probe(PROMPT, sites=["resid_pre", "attn_out", "mlp_out"], norm="final", top_k=0, track=[TOKEN])
tracked = table[table["kind"] == "tracked"]
# Of resid_pre only layer 0 is a part: the embedding. The others are sums of what came before.
parts = tracked[(tracked["site"] != "resid_pre") | (tracked["layer"] == 0)]

for part in parts.sort_values("logit", ascending=False).itertuples():
    print(f"{part.site:>9} {part.layer} {part.logit:8.3f}")

own = lab.probe(PROMPT, layers=[-1], top_k=0, track=[TOKEN]).query("kind == 'tracked'")["logit"].iloc[0]
print(f"      sum   {parts['logit'].sum():8.3f}\n    model   {own:8.3f}")
