"""What schemathesis needs to know of Midstream beyond its document.

Which refusals of right requests are no fault, what a caller knows that no schema says, and how a stream is read.
Environment: MIDSTREAM_LENSES, a folder of lens files; MIDSTREAM_COUNTS, the file that the counts are written to;
MIDSTREAM_AUTHORIZATION, what a request of the key that may do everything has in that header, empty without keys.
"""

import atexit
import json
import os
from collections import Counter, defaultdict
from functools import cache
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import jsonschema_rs
import requests
import schemathesis
from known_values import JOB, make_answerable
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import JsonSchemaError, RejectedPositiveData

HERE = Path(__file__).parent

# What no static schema can say of a request, by the type of the refusal: one list with tests/conformance.
UNSAYABLE = set(json.loads((HERE / "../conformance/unsayable.json").read_text())["problem_types"])
# Nor can it say which ETag a lens has now, or how many bytes. Their statuses are their own: 412 and 416.
UNSAYABLE_OF_HEADERS = {"urn:midstream:problem:precondition-failed", "urn:midstream:problem:range-not-satisfiable"}

LENSES = [path.read_bytes() for path in sorted(Path(os.environ["MIDSTREAM_LENSES"]).glob("*.pt"))]

AUTHORIZATION = os.environ["MIDSTREAM_AUTHORIZATION"]
CREDENTIALS = {"Authorization": AUTHORIZATION} if AUTHORIZATION else {}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A right request may be refused for what no static schema can say, and for nothing else."""
    if isinstance(failure, AcceptedNegativeData):
        # A job is taken, and each prompt of it that is refused is told in its results.
        if operation_id(case) == "createJob" and response.status_code == 202:
            return b'"problem":{' not in results_of(case.operation.base_url, json.loads(response.content)["id"])
        # A batch is answered, and each prompt of it that is refused is told as its item's problem.
        return not (operation_id(case) in ("createProbeBatch", "streamProbeBatch") and b'"problem":{' in response.content)
    if isinstance(failure, JsonSchemaError) and is_stream(response) and response.content == b"":
        # What has no line yet has none that could be wrong; a stream that must have an end fails below.
        return False
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
    service = case.operation.base_url

    def job(fresh):
        return new_job(service) if fresh else kept_job(service)

    make_answerable(case, operation_id(case), kwargs, linked=linked, lens_files=LENSES, job=job)
    if operation_id(case) == "deleteLens" and case.path_parameters.get("lens_id") == "doomed":
        requests.put(f"{service}/lenses/doomed", data=LENSES[0], headers=CREDENTIALS, timeout=30).raise_for_status()


def new_job(service):
    response = requests.post(f"{service}/jobs", json=JOB, headers=CREDENTIALS, timeout=30)
    response.raise_for_status()
    return response.json()["id"]


def results_of(service, job):
    """Waits until it has ended."""
    requests.get(f"{service}/jobs/{job}/events", headers=CREDENTIALS, timeout=30).raise_for_status()
    return requests.get(f"{service}/jobs/{job}/result", headers=CREDENTIALS, timeout=30).content


@cache
def kept_job(service):
    """A job that has ended."""
    job = new_job(service)
    results_of(service, job)
    return job


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


# Keys ------------------------------------------------------------------------------------------------------------

_send = requests.Session.send
_addresses = count(1)


def send_from_another_address(session, request, **kwargs):
    """Each request is another client's behind a balancer: an address that fails too often is told to wait."""
    if AUTHORIZATION:
        request.headers["X-Forwarded-For"] = str(ip_address("10.0.0.0") + next(_addresses))
    return _send(session, request, **kwargs)


# The checks ask on their own, past every hook.
requests.Session.send = send_from_another_address


# Streams ---------------------------------------------------------------------------------------------------------


@schemathesis.serializer("application/x-ndjson")
def one_line(context, value):
    """The schema of a file of lines is that of one line."""
    return json.dumps(value).encode() + b"\n"


@schemathesis.deserializer("application/x-ndjson")
def last_frame(context, response):
    """The schema of a stream is that of one frame; the check below looks at all of them."""
    if response.status_code == 206:
        return response.content.decode()
    frames = frames_of(response)
    return frames[-1] if frames else None


def frames_of(response):
    return [json.loads(line) for line in response.content.decode().splitlines()]


def is_stream(response):
    return response.status_code == 200 and response.headers.get("content-type", [""])[0] == "application/x-ndjson"


@schemathesis.check
def every_frame_conforms(context, response, case):
    """Every line is a frame of the document's union, and the last one ends the stream where the union has an end."""
    if not is_stream(response):
        return
    schema = case.operation.definition.raw["responses"]["200"]["content"]["application/x-ndjson"]["schema"]
    components = case.operation.schema.raw_schema["components"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": components})
    frames = frames_of(response)
    for frame in frames:
        for error in validator.iter_errors(frame):
            raise AssertionError(f"a frame is not of its schema: {error.message}: {json.dumps(frame)[:300]}")
    union = components["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if "end" in union.get("discriminator", {}).get("mapping", {}):
        assert frames, "the stream has no frame"
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
