"""What the walk needs of a client. Its members are the document's own, so that a generated class fits as it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass
class Refused(Exception):
    """A refusal, with the members of the problem that the walk looks at."""

    type: str
    status: int
    detail: str
    pointers: Sequence[str | None]


@dataclass
class Cell:
    lens: str
    site: str
    layer: int
    entropy: float
    cross_entropy: float | None
    text: str
    prob: float
    rank: int


@dataclass
class Lens:
    id: str
    kind: str
    bytes: int | None
    model_match: str
    unembed_hash_match: bool | str


@dataclass
class Frame:
    type: str
    rows: int | None = None
    entropy: float | None = None
    prompt_tokens: int | None = None


class ClientUnderTest(Protocol):
    """A client of one service; every method raises Refused."""

    def probe(self, prompt: str | list[int], lenses: list[str]) -> list[Cell]: ...

    def stream(self, prompt: str) -> Iterator[Frame]: ...

    def upload(self, lens_id: str, path: str, only_new: bool) -> Lens: ...

    def configure(self, lens_id: str, base_model: str, unembed_hash: str) -> Lens: ...

    def download(self, lens_id: str, part: str | None) -> bytes: ...

    def activations(self, prompt: list[int], layers: list[int]) -> Mapping[str, NDArray[np.float32]]: ...

    def import_lens(self, source: str) -> None: ...

    def make_job(self, prompts: list[list[int]]) -> str: ...
