"""The types of clients/python/midstream.py are those of openapi/openapi.json: neither has a member that the other lacks."""

import copy
import json
from pathlib import Path
from typing import Any, Literal, NotRequired, Union, get_args, get_type_hints

import midstream
import pytest

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi/openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
SIMPLE = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None}
#: Sets that grow without breaking a client stay open in it.
OPEN = ("ProblemType",)
ANSWERS = """Fault Problem ModelRef LensRef LensInfo PromptToken TopToken TrackedToken Usage Timing QueuedFrame PingFrame
StartFrame OutputFrame ReadoutFrame EndFrame ChatMessage""".split()
FRAMES = [name for name in ANSWERS if name.endswith("Frame")]


def type_of(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        named = SCHEMAS[name]
        if name in OPEN:
            return str
        if named.get("properties"):
            return getattr(midstream, name, dict[str, Any])
        return dict[str, Any] if named.get("type") == "object" else type_of(named)
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return Union[tuple(type_of(one) for one in schema[union])]
    return list[type_of(schema["items"])] if schema["type"] == "array" else SIMPLE[schema["type"]]  # type: ignore[misc]


def members_of(schema: dict[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    members = {name: type_of(one) for name, one in schema["properties"].items() if name not in without}
    return {n: t if n in schema.get("required", []) else NotRequired[t] for n, t in members.items()}


def members_in(client_type: Any) -> dict[str, Any]:
    hints = get_type_hints(client_type)
    return {n: t if n in client_type.__required_keys__ else NotRequired[t] for n, t in hints.items()}


@pytest.mark.parametrize("name", ANSWERS)
def test_members_are_those_of_the_schema(name: str) -> None:
    assert members_in(getattr(midstream, name)) == members_of(SCHEMAS[name])


@pytest.mark.parametrize("name", ["ProbeRequest", "ActivationsRequest"])
def test_options_are_those_of_the_request(name: str) -> None:
    options = getattr(midstream, name.replace("Request", "Options"))
    assert members_in(options) == members_of(SCHEMAS[name], without=("prompt",))


def test_options_of_an_upload_are_its_query() -> None:
    query = [one for one in DOCUMENT["paths"]["/lenses/{lens_id}"]["put"]["parameters"] if one["in"] == "query"]
    assert members_in(midstream.LensOptions) == {one["name"]: NotRequired[type_of(one["schema"])] for one in query}


def test_frames_and_statistics_are_all_there() -> None:
    named = {ref.split("/")[-1] for ref in SCHEMAS["ProbeFrame"]["discriminator"]["mapping"].values()}
    assert named - {"ErrorFrame"} == set(FRAMES) == {frame.__name__ for frame in get_args(midstream.Frame)}
    assert get_args(midstream.Statistic) == tuple(SCHEMAS["StatisticName"]["enum"])
    assert get_args(midstream.Site) == tuple(SCHEMAS["SiteName"]["enum"])


def test_a_member_that_changed_is_noticed() -> None:
    renamed, loosened, retyped = (copy.deepcopy(SCHEMAS["Usage"]) for _ in range(3))
    renamed["properties"]["prompt_token"] = renamed["properties"].pop("prompt_tokens")
    loosened["required"].remove("rows")
    retyped["properties"]["rows"] = {"type": "string"}
    for changed in (renamed, loosened, retyped):
        assert members_in(midstream.Usage) != members_of(changed)
