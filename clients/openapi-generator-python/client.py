"""The service through openapi-generator's `python`."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np
from client_under_test import Cell, Frame, Lens, Refused
from midstream_client import (
    ActivationsApi,
    ActivationsRequest,
    ApiClient,
    ApiException,
    Configuration,
    EndFrame,
    ErrorFrame,
    ImportRequest,
    JobRequest,
    JobsApi,
    LensConfig,
    LensesApi,
    LensInfo,
    LensPatch,
    LensPatchConfig,
    OutputFrame,
    PingFrame,
    PositionKeyword,
    Positions,
    ProbeApi,
    ProbeFrame,
    ProbeRequest,
    Problem,
    Prompt,
    QueuedFrame,
    ReadoutFrame,
    StartFrame,
    StatisticName,
    Unknown,
)
from numpy.typing import NDArray
from safetensors.numpy import load
from urllib3 import Retry

T = TypeVar("T")

# urllib3 waits for Retry-After of its own accord, for every method that is named here.
RETRY_AFTER = Retry(
    total=2,
    allowed_methods=None,
    status_forcelist=[429, 503],
    respect_retry_after_header=True,
    raise_on_status=False,
)


class Midstream:
    def __init__(self, url: str) -> None:
        client = ApiClient(Configuration(host=url, retries=RETRY_AFTER))
        self.probes = ProbeApi(client)
        self.lenses = LensesApi(client)
        self.states = ActivationsApi(client)
        self.jobs = JobsApi(client)

    def probe(self, prompt: str | list[int], lenses: list[str]) -> list[Cell]:
        request = ProbeRequest(
            prompt=Prompt(prompt),
            lenses=lenses,
            top_k=3,
            track=[" Lily"],
            statistics=[StatisticName.ENTROPY, StatisticName.CROSS_ENTROPY],
        )
        answer = answered(lambda: self.probes.create_probe(request))
        return [
            Cell(
                lens=cell.lens,
                site=cell.site.value,
                layer=cell.layer,
                entropy=there(cell.entropy),
                cross_entropy=cell.cross_entropy,
                text=cell.top[0].text,
                prob=cell.top[0].prob,
                rank=cell.tracked[0].rank,
            )
            for cell in answer.readouts
        ]

    def stream(self, prompt: str) -> Iterator[Frame]:
        response = self.probes.stream_probe_without_preload_content(ProbeRequest(prompt=Prompt(prompt), top_k=3))
        rest = b""
        for piece in response.stream():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield told(ProbeFrame.from_json(line.decode()))

    def upload(self, lens_id: str, path: str, only_new: bool) -> Lens:
        # A text is the path of the file.
        return lens_of(lambda: self.lenses.put_lens(lens_id, path, if_none_match="*" if only_new else None))

    def configure(self, lens_id: str, base_model: str, unembed_hash: str) -> Lens:
        config = LensConfig(base_model_name_or_path=base_model, additional_properties={"unembed_hash": unembed_hash})
        return lens_of(lambda: self.lenses.update_lens(lens_id, LensPatch(config=LensPatchConfig(config))))

    def download(self, lens_id: str, part: str | None) -> bytes:
        return bytes(answered(lambda: self.lenses.get_lens_weights(lens_id, range=part)))

    def activations(self, prompt: list[int], layers: list[int]) -> Mapping[str, NDArray[np.float32]]:
        request = ActivationsRequest(prompt=Prompt(prompt), layers=layers, positions=Positions(PositionKeyword.ALL))
        return load(bytes(answered(lambda: self.states.create_activations(request))))

    def import_lens(self, source: str) -> None:
        answered(lambda: self.lenses.create_import(ImportRequest(source=source)))

    def make_job(self, prompts: list[list[int]]) -> str:
        request = JobRequest(prompts=[Prompt(prompt) for prompt in prompts])
        return answered(lambda: self.jobs.create_job(request)).id


def connect(url: str) -> Midstream:
    return Midstream(url)


def answered(ask: Callable[[], T]) -> T:
    """The answer; a refusal is raised with its problem."""
    try:
        return ask()
    except ApiException as refusal:
        assert isinstance(refusal.data, Problem)
        raise refused(refusal.data) from refusal


def refused(problem: Problem) -> Refused:
    pointers = [fault.pointer for fault in problem.errors or []]
    return Refused(problem.type.value, problem.status, problem.detail, pointers)


def lens_of(ask: Callable[[], LensInfo]) -> Lens:
    lens = answered(ask)
    hash_match = lens.unembed_hash_match.actual_instance
    return Lens(
        id=lens.id,
        kind=lens.kind.value,
        bytes=lens.bytes,
        model_match=lens.model_match.value,
        unembed_hash_match=hash_match.value if isinstance(hash_match, Unknown) else there(hash_match),
    )


def there(value: T | None) -> T:
    assert value is not None
    return value


def told(frame: ProbeFrame) -> Frame:
    match frame.actual_instance:
        case StartFrame() as start:
            return Frame("start", rows=start.rows)
        case OutputFrame() as output:
            return Frame("output", entropy=output.entropy)
        case EndFrame() as end:
            return Frame("end", prompt_tokens=end.usage.prompt_tokens)
        case ErrorFrame() as error:
            raise refused(error.problem)
        case QueuedFrame() | ReadoutFrame() | PingFrame() as other:
            return Frame(other.type)
        case unknown:
            raise TypeError(f"{unknown} is no frame")
