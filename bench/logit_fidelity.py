"""How far the logits of a peer, or of the service, are from torch's in float32. Uses the peers' own loaders (PYTHONPATH).

  logit_fidelity.py write   --model DIR --prompts FILE --out DIR                  torch's logits in float32, a file a prompt
  logit_fidelity.py peer    --peer NAME --dtype f32|bf16 --model DIR --prompts FILE --reference DIR
  logit_fidelity.py compare --logits DIR --reference DIR                          safetensors of POST /activations

Prints {"positions", "kl", "top1"}: the mean over positions of the sum of p ln(p / q), p of the reference, and the share of
positions with the same likeliest token.
"""
import argparse
import contextlib
import io
import json
import os


def loaded(peer, model, dtype):
    """A function from a prompt's ids to its logits [tokens, vocabulary] float32."""
    import torch
    from lens_peers import PEERS, load_hf, pack_linears

    options = argparse.Namespace(model=model, dtype=dtype, lens=None, chunk=0)
    if peer in ("best", "best-onednn"):
        hf = load_hf(options)
        if peer == "best-onednn":
            pack_linears(hf)
        return lambda ids: hf(torch.tensor([ids])).logits[0].float()
    one = PEERS[peer](options)
    with contextlib.redirect_stdout(io.StringIO()):
        one.load()
    if peer == "transformerlens":
        return lambda ids: one.model(torch.tensor([ids]))[0].float()

    def traced(ids):
        with one.model.trace(torch.tensor([ids])):
            logits = one.model.lm_head.output.save()
        return logits[0].float()

    return traced


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("write", "peer", "compare"))
    for name in ("model", "prompts", "out", "peer", "reference", "logits"):
        parser.add_argument("--" + name)
    parser.add_argument("--dtype", default="f32")
    a = parser.parse_args()
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    import torch

    with torch.inference_mode() if a.peer != "nnsight" else torch.no_grad():
        if a.what == "write":
            write(loaded("best", a.model, "f32"), json.load(open(a.prompts)), a.out)
        else:
            print(json.dumps(compare(found_logits(a), a.reference)))


def write(logits, prompts, folder):
    import torch

    os.makedirs(folder)
    for index, ids in enumerate(prompts):
        torch.save(logits(ids).clone(), os.path.join(folder, f"{index}.pt"))


def found_logits(a):
    if a.what == "peer":
        logits = loaded(a.peer, a.model, a.dtype)
        yield from (logits(ids) for ids in json.load(open(a.prompts)))
    else:
        for index in range(len(os.listdir(a.logits))):
            yield read_logits(os.path.join(a.logits, f"{index}.safetensors"))


def read_logits(path):
    """By hand: an environment of peers may lack the package."""
    import torch

    with open(path, "rb") as f:
        length = int.from_bytes(f.read(8), "little")
        entry = json.loads(f.read(length))["logits"]
        begin, end = entry["data_offsets"]
        f.seek(8 + length + begin)
        return torch.frombuffer(bytearray(f.read(end - begin)), dtype=torch.float32).view(entry["shape"])


def compare(found, folder):
    import torch

    positions, kl, same = 0, 0.0, 0
    for index, logits in enumerate(found):
        p = torch.load(os.path.join(folder, f"{index}.pt")).double().log_softmax(-1)
        q = logits.double().log_softmax(-1)
        positions += len(p)
        kl += (p.exp() * (p - q)).sum().item()
        same += (p.argmax(-1) == q.argmax(-1)).sum().item()
    return {"positions": positions, "kl": kl / positions, "top1": same / positions}


main()
