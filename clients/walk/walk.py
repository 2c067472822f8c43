"""Goes through all that a client must be able to do, and prints a line for each: `walk.py <plan.json>`."""

import json
import sys
from collections.abc import Callable
from typing import Any

from client import connect
from client_under_test import ClientUnderTest, Refused

Plan = dict[str, Any]


def probes(client: ClientUnderTest, plan: Plan) -> None:
    for prompt in (plan["prompt"], plan["ids"]):
        cells = client.probe(prompt, ["logit", "tuned"])
        assert len(cells) == len(plan["cells"])
        for cell, expected in zip(cells, plan["cells"]):
            assert (cell.lens, cell.site, cell.layer) == (expected["lens"], expected["site"], expected["layer"])
            assert abs(cell.entropy - expected["entropy"]) < 1e-3
            assert cell.cross_entropy is None
            assert cell.text == expected["top"][0]["text"]
            assert abs(cell.prob - expected["top"][0]["prob"]) < 1e-3
            assert cell.rank == expected["tracked"][0]["rank"]


def streams(client: ClientUnderTest, plan: Plan) -> None:
    frames = list(client.stream(plan["prompt"]))
    types = [frame.type for frame in frames if frame.type not in ("queued", "ping")]
    rows = types.count("readout")
    assert types == ["start", "output", *["readout"] * rows, "end"], types
    assert [frame.rows for frame in frames if frame.type == "start"] == [rows] and rows > 0
    assert all(frame.entropy for frame in frames if frame.type == "output")
    assert frames[-1].prompt_tokens == len(plan["ids"])


def uploads(client: ClientUnderTest, plan: Plan) -> None:
    lens = client.upload("mine", plan["lensFile"], True)
    assert (lens.id, lens.kind, lens.bytes) == ("mine", "tuned", plan["lensBytes"])
    assert (lens.model_match, lens.unembed_hash_match) == ("shape", "unknown")
    config = plan["lensConfig"]
    configured = client.configure("mine", config["base_model_name_or_path"], config["unembed_hash"])
    # By the member that the document names, and by one that it leaves open.
    assert (configured.model_match, configured.unembed_hash_match) == ("exact", True)


def downloads(client: ClientUnderTest, plan: Plan) -> None:
    whole = client.download("mine", None)
    assert len(whole) == plan["lensBytes"]
    assert client.download("mine", "bytes=0-99") == whole[:100]


def activations(client: ClientUnderTest, plan: Plan) -> None:
    states = client.activations(plan["ids"], plan["layers"])[f"resid_post.{plan['layers'][0]}"]
    assert states.shape == (len(plan["ids"]), plan["dModel"]) and states.dtype == "float32"
    assert abs(states[0, : len(plan["states"])] - plan["states"]).max() == 0


def refusals(client: ClientUnderTest, plan: Plan) -> None:
    unknown = refused(lambda: client.probe(plan["prompt"], ["logit", "nobody"]))
    assert (unknown.type, unknown.status) == ("urn:midstream:problem:unknown-lens", 422)
    assert unknown.pointers[0] == "/lenses/1"
    token = refused(lambda: client.probe([*plan["ids"], 1_000_000], ["logit"]))
    assert token.type == "urn:midstream:problem:unknown-token"
    assert refused(lambda: client.upload("mine", plan["lensFile"], True)).status == 412
    assert refused(lambda: client.download("nobody", None)).status == 404
    assert refused(lambda: client.download("mine", "bytes=99999999-")).status == 416


def problems(_: ClientUnderTest, plan: Plan) -> None:
    for expected in plan["problems"]:
        client = connect(f"{plan['refusingUrl']}/{expected['name']}")
        operations: dict[str, Callable[[], object]] = {
            "createProbe": lambda: client.probe(plan["ids"], ["logit"]),
            "putLens": lambda: client.upload("mine", plan["lensFile"], False),
            "getLensWeights": lambda: client.download("mine", None),
            "createImport": lambda: client.import_lens("somebody/lens"),
            "createJob": lambda: client.make_job([plan["ids"]]),
        }
        problem = refused(operations[expected["operation"]])
        found = (problem.type, problem.status, problem.detail)
        assert found == (f"urn:midstream:problem:{expected['name']}", expected["status"], expected["detail"]), found


def retries(_: ClientUnderTest, plan: Plan) -> None:
    assert len(connect(plan["busyUrl"]).probe(plan["ids"], ["logit", "tuned"])) == len(plan["cells"])


def refused(ask: Callable[[], object]) -> Refused:
    try:
        ask()
    except Refused as refusal:
        return refusal
    raise AssertionError("answered where it must refuse")


STEPS: dict[str, Callable[[ClientUnderTest, Plan], None]] = {
    "probe": probes,
    "stream": streams,
    "upload": uploads,
    "download": downloads,
    "activations": activations,
    "refusals of the service": refusals,
    "every kind of problem": problems,
    "429 and 503 after Retry-After": retries,
}


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        plan: Plan = json.load(file)
    client = connect(plan["url"])
    for name, step in STEPS.items():
        step(client, plan)
        print(f"walked: {name}")


main()
