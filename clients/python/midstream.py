"""Client of a Midstream service for notebooks: one file to drop in, on httpx, numpy and pandas (tqdm if it is there).
Members, and what they mean, are those of the service's /openapi.json."""

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, Unpack, cast, get_args
from warnings import warn

import httpx
import numpy as np
import pandas as pd

Site = Literal["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"]
Kind = Literal["logit", "tuned", "jacobian"]
Match = Literal["exact", "unembedding", "shape", "none"]
ChatMessage = TypedDict("ChatMessage", {"role": str, "content": str})
Prompt = str | list[int] | dict[Literal["messages"], list[ChatMessage]]
Positions = Literal["last", "all"] | list[int]
Statistic = Literal[
    "entropy", "kl_output_lens", "kl_lens_output", "jsd", "jeffreys_half", "tv", "linf_prob", "cross_entropy",
    "next_rank", "output_rank", "output_surprisal", "agrees", "kl_lens_against", "kl_against_lens", "jsd_against",
    "jeffreys_half_against", "tv_against", "linf_prob_against", "agrees_against"]
ActivationsOptions = TypedDict("ActivationsOptions", {
    "add_special_tokens": bool, "sites": list[Site], "layers": list[int], "positions": Positions,
    "dtype": Literal["float32", "float16"], "logits": bool}, total=False)
ProbeOptions = TypedDict("ProbeOptions", {
    "add_special_tokens": bool, "lenses": list[str], "sites": list[Site], "layers": list[int], "positions": Positions,
    "top_k": int, "track": list[str], "track_ids": list[int], "statistics": list[Statistic], "against": str,
    "norm": Literal["own", "final"], "cache": bool}, total=False)
LensOptions = TypedDict("LensOptions", {
    "sha256": str, "unembed_hash": str, "capture_point": Literal["block_output"], "target_layer": int, "note": str,
    "shared": bool, "reading": Literal["tuned_lens", "danyude"]}, total=False)
Place = Literal["body", "query", "path", "header"]
Fault = TypedDict("Fault", {
    "in": Place, "name": NotRequired[str], "line": NotRequired[int], "pointer": NotRequired[str], "detail": str})
Problem = TypedDict("Problem", {
    "type": str, "title": str, "status": int, "detail": str, "instance": str, "errors": NotRequired[list[Fault]]})
ModelRef = TypedDict("ModelRef", {"id": str, "digest": str, "precision": Literal["f32", "q16", "q8", "q4", "gguf"]})
LensRef = TypedDict("LensRef", {"id": str, "kind": Kind, "sha256": NotRequired[str], "model_match": NotRequired[Match]})
LensInfo = TypedDict("LensInfo", {
    "id": str, "kind": Kind, "built_in": bool, "persistent": bool, "layers": list[int], "d_model": int,
    "dtype": str | None, "bytes": int | None, "sha256": str | None, "created_at": str | None, "model_match": Match,
    "match_reason": str, "unembed_hash_match": bool | Literal["unknown"], "capture_point": str | None,
    "target_layer": int | None, "reading": Literal["tuned_lens", "danyude"] | None, "dialect": str | None,
    "provenance": dict[str, Any], "note": str | None, "owner": str | None, "shared": bool, "warnings": list[str]})
PromptToken = TypedDict("PromptToken", {"position": int, "id": int, "piece": str, "text": str})
TopToken = TypedDict("TopToken", {
    "id": int, "piece": str, "text": str, "logit": float, "logprob": float, "prob": float})
class TrackedToken(TopToken): rank: int
Usage = TypedDict("Usage", {"prompt_tokens": int, "cached_tokens": int, "rows": int})
Timing = TypedDict("Timing", {"queue_ms": float, "tokenize_ms": float, "forward_ms": float, "lens_ms": float})
QueuedFrame = TypedDict("QueuedFrame", {"type": Literal["queued"], "position": int, "wait_ms": float})
PingFrame = TypedDict("PingFrame", {"type": Literal["ping"]})
StartFrame = TypedDict("StartFrame", {
    "type": Literal["start"], "model": ModelRef, "lenses": list[LensRef], "norm": Literal["own", "final"],
    "tokens": list[PromptToken], "layers": list[int], "rows": int, "warnings": list[str]})
OutputFrame = TypedDict("OutputFrame", {
    "type": Literal["output"], "position": int, "top": list[TopToken], "entropy": float})
_Cell = TypedDict("_Cell", {
    "type": Literal["readout"], "position": int, "lens": str, "site": Site, "layer": int, "top": list[TopToken],
    "tracked": list[TrackedToken], "warnings": list[str]})
_Statistics = TypedDict("_Statistics", {
    "entropy": float, "kl_output_lens": float, "kl_lens_output": float, "jsd": float, "jeffreys_half": float,
    "tv": float, "linf_prob": float, "cross_entropy": float | None, "next_rank": int | None, "output_rank": int,
    "output_surprisal": float, "agrees": bool, "kl_lens_against": float | None, "kl_against_lens": float | None,
    "jsd_against": float | None, "jeffreys_half_against": float | None, "tv_against": float | None,
    "linf_prob_against": float | None, "agrees_against": bool | None}, total=False)
class ReadoutFrame(_Cell, _Statistics): ...
EndFrame = TypedDict("EndFrame", {"type": Literal["end"], "usage": Usage, "timing": Timing})
Frame = QueuedFrame | PingFrame | StartFrame | OutputFrame | ReadoutFrame | EndFrame
COLUMNS = "kind position token_id token_text lens site layer rank id piece text logit logprob prob".split()
DTYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I64": np.dtype("<i8")}


class ProblemError(Exception):
    """A refusal: `problem` has the service's words, `problem["type"]` its kind; `retry_after` is in seconds."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        faults = [f"{f.get('pointer') or f.get('name') or f['in']}: {f['detail']}" for f in problem.get("errors", [])]
        super().__init__("\n  ".join([f"{problem['title']} ({problem['status']}): {problem['detail']}", *faults]))
        self.problem, self.retry_after = problem, retry_after


class Midstream:
    """One service. Where it says when to ask again (429, 503), that is done, for `patience` seconds in all."""

    def __init__(self, url: str = "http://127.0.0.1:8000", key: str | None = None, *, patience: float = 60) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=httpx.Timeout(330, connect=10))
        self._patience = patience

    def probe(self, prompt: Prompt, **options: Unpack[ProbeOptions]) -> pd.DataFrame:
        """One row a token of a cell, with the columns of the service's CSV: `kind` is output (the model's own), top,
        tracked, or cell (one without tokens). `attrs` has the rest of the answer."""
        attrs, rows = dict[str, Any](), list[dict[str, Any]]()
        for frame in self.stream(prompt, **options):
            for text in cast(dict[str, list[str]], frame).get("warnings", []):
                warn(text, stacklevel=2)
            if frame["type"] == "output" or frame["type"] == "readout":
                rows += _rows(frame, attrs["tokens"][frame["position"]])
            elif frame["type"] == "start" or frame["type"] == "end":
                attrs |= {k: v for k, v in frame.items() if k not in ("type", "warnings", "layers", "rows")}
        return _table(rows, attrs)

    def stream(self, prompt: Prompt, **options: Unpack[ProbeOptions]) -> Iterator[Frame]:
        """The frames as they are computed. Leaving the loop stops the work."""
        with self._ask("POST", "probe/stream", json={"prompt": prompt, **options}) as answer:
            rest = b""
            for chunk in answer.iter_bytes():  # iter_lines() also splits at U+2028 and others that stand in texts.
                *lines, rest = (rest + chunk).split(b"\n")
                for frame in map(json.loads, lines):
                    if frame["type"] == "error":
                        raise ProblemError(frame["problem"])
                    yield cast(Frame, frame)
                    if frame["type"] == "end":
                        return
        raise httpx.RemoteProtocolError("the stream was cut: its last frame is neither end nor error")

    def activations(self, prompt: Prompt, **options: Unpack[ActivationsOptions]) -> dict[str, np.ndarray[Any, Any]]:
        """`{site}.{layer}` [positions, d_model], `logits` [positions, vocabulary]; `positions`, `input_ids`: int64."""
        with self._ask("POST", "activations", json={"prompt": prompt, **options}) as answer:
            file = memoryview(bytearray().join(answer.iter_bytes()))  # So that the arrays can be written to.
        start = 8 + int.from_bytes(file[:8], "little")
        tensors = {name: t for name, t in json.loads(bytes(file[8:start])).items() if name != "__metadata__"}
        values = {name: file[start:][slice(*t["data_offsets"])] for name, t in tensors.items()}
        return {n: np.frombuffer(values[n], DTYPES[t["dtype"]]).reshape(t["shape"]) for n, t in tensors.items()}

    def upload_lens(
        self, path: str | Path, lens_id: str | None = None, *, progress: bool = True, **options: Unpack[LensOptions]
    ) -> LensInfo:
        """Registers a lens file, with a progress bar; without an id under its name, a params.pt under its folder's."""
        path = Path(path).resolve()
        name = path.parent.name if path.name == "params.pt" else path.stem
        name = lens_id or re.sub("[^a-z0-9._-]+", "-", name.lower())
        size = {"Content-Length": str(path.stat().st_size)}
        with self._ask("PUT", f"lenses/{name}", lambda: _read(path, progress), params=options, headers=size) as answer:
            return cast(LensInfo, json.loads(answer.read()))

    @contextmanager
    def _ask(self, method: str, path: str, body: Any = lambda: None, **more: Any) -> Iterator[httpx.Response]:
        end = time.monotonic() + self._patience
        while True:
            with self.http.stream(method, path, content=body(), **more) as answer:
                if answer.is_success:
                    yield answer
                    return
                refusal = _refusal(answer)
            if refusal.retry_after is None or time.monotonic() + refusal.retry_after > end:
                raise refusal
            time.sleep(refusal.retry_after)


def _refusal(answer: httpx.Response) -> ProblemError:
    text, wait = answer.read().decode(errors="replace"), answer.headers.get("Retry-After", "")
    problem = Problem(type="about:blank", title=answer.reason_phrase, status=answer.status_code, detail=text[:200],
                      instance="")  # What it stays if something between here and the service refused.
    if "application/problem+json" in answer.headers.get("Content-Type", ""):
        problem = json.loads(text)
    return ProblemError(problem, float(wait) if wait.isdecimal() else None)


def _rows(frame: OutputFrame | ReadoutFrame, token: PromptToken) -> list[dict[str, Any]]:
    kinds = ("output", "output") if frame["type"] == "output" else ("top", "cell")
    cell: dict[str, Any] = {k: v for k, v in frame.items() if k != "type" and not isinstance(v, list)}
    cell |= {"token_id": token["id"], "token_text": token["text"]}
    rows = [{**cell, "kind": kinds[0], "rank": rank, **top} for rank, top in enumerate(frame["top"], 1)]
    rows = rows or [{**cell, "kind": kinds[1]}]
    return rows + [{**cell, "kind": "tracked", **more} for more in cast(ReadoutFrame, frame).get("tracked", [])]


def _table(rows: list[dict[str, Any]], attrs: dict[str, Any]) -> pd.DataFrame:
    statistics = [name for name in rows[-1] if name not in COLUMNS]
    types: dict[Any, Any] = dict.fromkeys(["kind", "token_text", "piece", "text"], "category")
    types |= dict.fromkeys(["layer", "rank", "id"], "Int64")
    types |= {name: "Int64" if "rank" in name else "boolean" if "agrees" in name else "float64" for name in statistics}
    types["lens"] = pd.CategoricalDtype(list(dict.fromkeys(lens["id"] for lens in attrs["lenses"])))
    types["site"] = pd.CategoricalDtype(list(get_args(Site)), ordered=True)
    table = pd.DataFrame(rows, columns=[*COLUMNS, *statistics]).astype(types)
    table.attrs.update(attrs)
    return table


def _read(path: Path, progress: bool) -> Iterator[bytes]:
    with path.open("rb") as file:
        if find_spec("tqdm"):
            from tqdm.auto import tqdm

            with tqdm.wrapattr(file, "read", path.stat().st_size, desc=path.name, disable=not progress) as told:
                yield from iter(lambda: told.read(1 << 20), b"")
        while chunk := file.read(1 << 20):
            yield chunk
            if progress:
                print(f"\r{path.name} {file.tell() / path.stat().st_size:4.0%}", end="", file=sys.stderr)
