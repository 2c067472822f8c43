"""What schemathesis needs to know of Midstream beyond its document.

Which refusals of right requests are no fault, what a caller knows that no schema says, and how a stream is read.
Environment: MIDSTREAM_LENSES, a folder of lens files; MIDSTREAM_COUNTS, the file that the counts are written to.
"""

import atexit
import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import jsonschema_rs
import requests
import schemathesis
from known_values import make_answerable
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import RejectedPositiveData

HERE = Path(__file__).parent

# What no static schema can say of a request, by the type of the refusal: one list with tests/conformance.
UNSAYABLE = set(json.loads((HERE / "../conformance/unsayable.json").read_text())["problem_types"])
# Nor can it say which ETag a lens has now, or how many bytes. Their statuses are their own: 412 and 416.
UNSAYABLE_OF_HEADERS = {"urn:midstream:problem:precondition-failed", "urn:midstream:problem:range-not-satisfiable"}

LENSES = [path.read_bytes() for path in sorted(Path(os.environ["MIDSTREAM_LENSES"]).glob("*.pt"))]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A right request may be refused for what no static schema can say, and for nothing else."""
    if isinstance(failure, AcceptedNegativeData):
        # A batch is answered, and each prompt of it that is refused is told as its item's problem.
        return not (operation_id(case) in ("createProbeBatch", "streamProbeBatch") and b'"problem":{' in response.content)
    if isinstance(failure, RejectedPositiveData):
        kind = problem_type(response)
        return not (kind in UNSAYABLE and response.status_code == 422 or kind in UNSAYABLE_OF_HEADERS)
    return True


def problem_type(response):
    if response.headers.get("content-type", [""])[0] != "application/problem+json":
        return None
    return json.loads(response.content).get("type")


# What a caller knows ---------------------------------------------------------------------------------------------


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_positive(case):
        return
    linked = case.meta.phase.name == TestPhase.STATEFUL
    make_answerable(case, operation_id(case), kwargs, linked=linked, lens_files=LENSES)
    if operation_id(case) == "deleteLens" and case.path_parameters.get("lens_id") == "doomed":
        url = f"{case.operation.base_url}/lenses/doomed"
        requests.put(url, data=LENSES[0], timeout=30).raise_for_status()


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


# Streams ---------------------------------------------------------------------------------------------------------


@schemathesis.deserializer("application/x-ndjson")
def last_frame(context, response):
    """The schema of a stream is that of one frame; the check below looks at all of them."""
    return frames_of(response)[-1]


def frames_of(response):
    return [json.loads(line) for line in response.content.decode().splitlines()]


@schemathesis.check
def every_frame_conforms(context, response, case):
    """Every line is a frame of the document's union, and the last one ends the stream."""
    if response.headers.get("content-type", [""])[0] != "application/x-ndjson":
        return
    schema = case.operation.definition.raw["responses"]["200"]["content"]["application/x-ndjson"]["schema"]
    components = case.operation.schema.raw_schema["components"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": components})
    frames = frames_of(response)
    for frame in frames:
        for error in validator.iter_errors(frame):
            raise AssertionError(f"a frame is not of its schema: {error.message}: {json.dumps(frame)[:300]}")
    assert frames[-1]["type"] in ("end", "error"), f"the stream was cut after {frames[-1]['type']}"


# Counts ----------------------------------------------------------------------------------------------------------

cases = Counter()
positive = defaultdict(Counter)
refusals = defaultdict(Counter)


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.label
    cases[operation] += 1
    if not is_positive(case):
        return
    positive[operation]["cases"] += 1
    if 200 <= response.status_code < 300:
        positive[operation]["accepted"] += 1
    else:
        refusals[operation][f"{response.status_code} {problem_type(response)}"] += 1


@atexit.register
def write_counts():
    counts = {
        operation: {"cases": cases[operation], "positive": positive[operation]["cases"],
                    "accepted": positive[operation]["accepted"], "refusals": dict(refusals[operation])}
        for operation in sorted(cases)
    }
    Path(os.environ["MIDSTREAM_COUNTS"]).write_text(json.dumps(counts, indent=2))
