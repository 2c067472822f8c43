"""The service through openapi-python-client."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import TypeVar

import httpx
import numpy as np
from client_under_test import Cell, Frame, Lens, Refused
from midstream_client import AuthenticatedClient
from midstream_client.api.activations import create_activations
from midstream_client.api.jobs import create_job
from midstream_client.api.lenses import create_import, get_lens_weights, put_lens, update_lens
from midstream_client.api.probe import create_probe
from midstream_client.models import (
    ActivationsRequest,
    EndFrame,
    ErrorFrame,
    ImportRequest,
    JobRequest,
    LensConfig,
    LensInfo,
    LensPatch,
    OutputFrame,
    PingFrame,
    PositionKeyword,
    ProbeRequest,
    ProbeResponse,
    Problem,
    QueuedFrame,
    ReadoutFrame,
    StartFrame,
    StatisticName,
)
from midstream_client.types import UNSET, File, Response, Unset
from numpy.typing import NDArray
from safetensors.numpy import load

T = TypeVar("T")

ProbeFrame = QueuedFrame | StartFrame | OutputFrame | ReadoutFrame | EndFrame | ErrorFrame | PingFrame

FRAMES: dict[str, type[ProbeFrame]] = {
    "queued": QueuedFrame,
    "start": StartFrame,
    "output": OutputFrame,
    "readout": ReadoutFrame,
    "end": EndFrame,
    "error": ErrorFrame,
    "ping": PingFrame,
}


class RetryAfter(httpx.HTTPTransport):
    """Asks again where the service says when: 429 and 503 with Retry-After, in seconds."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        tries = 3
        while True:
            response = super().handle_request(request)
            tries -= 1
            seconds = response.headers.get("Retry-After")
            if response.status_code not in (429, 503) or seconds is None or tries == 0:
                return response
            response.close()
            time.sleep(float(seconds))


class Midstream:
    def __init__(self, url: str) -> None:
        # A service without keys, as this one, does not look at the token.
        self.client = AuthenticatedClient(base_url=url, token="none", httpx_args={"transport": RetryAfter()})

    def probe(self, prompt: str | list[int], lenses: list[str]) -> list[Cell]:
        body = ProbeRequest(
            prompt=prompt,
            lenses=lenses,
            top_k=3,
            track=[" Lily"],
            statistics=[StatisticName.ENTROPY, StatisticName.CROSS_ENTROPY],
        )
        answer: ProbeResponse = value_of(create_probe.sync(client=self.client, body=body))
        return [
            Cell(
                lens=cell.lens,
                site=cell.site.value,
                layer=cell.layer,
                entropy=there(cell.entropy),
                cross_entropy=there(cell.cross_entropy),
                text=cell.top[0].text,
                prob=cell.top[0].prob,
                rank=cell.tracked[0].rank,
            )
            for cell in answer.readouts
        ]

    def stream(self, prompt: str) -> Iterator[Frame]:
        body = ProbeRequest(prompt=prompt, top_k=3).to_dict()
        with self.client.get_httpx_client().stream("POST", "/probe/stream", json=body) as response:
            for line in response.iter_lines():
                fields = json.loads(line)
                yield told(FRAMES[fields["type"]].from_dict(fields))

    def upload(self, lens_id: str, path: str, only_new: bool) -> Lens:
        with open(path, "rb") as file:
            body = File(payload=file)
            return lens_of(
                put_lens.sync(lens_id, client=self.client, body=body, if_none_match="*" if only_new else UNSET)
            )

    def configure(self, lens_id: str, base_model: str, unembed_hash: str) -> Lens:
        config = LensConfig(base_model_name_or_path=base_model)
        config["unembed_hash"] = unembed_hash
        return lens_of(update_lens.sync(lens_id, client=self.client, body=LensPatch(config=config)))

    def download(self, lens_id: str, part: str | None) -> bytes:
        return file_of(
            get_lens_weights.sync_detailed(lens_id, client=self.client, range_=UNSET if part is None else part)
        )

    def activations(self, prompt: list[int], layers: list[int]) -> Mapping[str, NDArray[np.float32]]:
        body = ActivationsRequest(prompt=prompt, layers=layers, positions=PositionKeyword.ALL)
        return load(file_of(create_activations.sync_detailed(client=self.client, body=body)))

    def import_lens(self, source: str) -> None:
        value_of(create_import.sync(client=self.client, body=ImportRequest(source=source)))

    def make_job(self, prompts: list[list[int]]) -> str:
        return value_of(create_job.sync(client=self.client, body=JobRequest(prompts=[*prompts]))).id


def connect(url: str) -> Midstream:
    return Midstream(url)


def value_of(answer: T | Problem | None) -> T:
    """The answer; a problem is raised."""
    if isinstance(answer, Problem):
        errors = [] if isinstance(answer.errors, Unset) else answer.errors
        pointers = [None if isinstance(fault.pointer, Unset) else fault.pointer for fault in errors]
        raise Refused(answer.type_.value, answer.status, answer.detail, pointers)
    assert answer is not None
    return answer


def lens_of(answer: LensInfo | Problem | None) -> Lens:
    lens = value_of(answer)
    hash_match = lens.unembed_hash_match
    return Lens(
        id=lens.id,
        kind=lens.kind.value,
        bytes=lens.bytes_,
        model_match=lens.model_match.value,
        unembed_hash_match=hash_match if isinstance(hash_match, bool) else hash_match.value,
    )


def file_of(answer: Response[File | Problem]) -> bytes:
    return bytes(value_of(answer.parsed).payload.read())


def there(value: T | Unset) -> T:
    assert not isinstance(value, Unset)
    return value


def told(frame: ProbeFrame) -> Frame:
    match frame:
        case StartFrame():
            return Frame("start", rows=frame.rows)
        case OutputFrame():
            return Frame("output", entropy=frame.entropy)
        case EndFrame():
            return Frame("end", prompt_tokens=frame.usage.prompt_tokens)
        case ErrorFrame():
            return value_of(frame.problem)
        case _:
            return Frame(frame.type_.value)
