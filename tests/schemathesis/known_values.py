"""What a caller knows and no schema says: the lenses that are registered, texts that are tokens, a file's digest.

A right request is made answerable by it, so that what is behind the first check is tested too. One in eight stays as it
was generated: those are refused, and hooks.py names what they may be refused for.
"""

import base64
import hashlib
from itertools import count

READABLE = ("logit", "tuned", "jacobian", "kept")
# Mostly the one that has every layer and site.
READ = ("logit", "tuned", "logit", "logit", "jacobian", "logit", "kept")
PUBLISHED = ("lab/lenses", "lab/lenses:jacobian.pt", "spaces/AlignmentResearch/tuned-lens:lens/midstream-demo")
TOKENS = (" Lily", " the", " a", " little", ".")
TEXT = "Once upon a time"
# The lens that an operation is asked about. A change needs one that was uploaded: the demo's own are fixed.
LENS_OF = {"putLens": ("put-1", "put-2", "kept"), "deleteLens": ("doomed",)}
STORED = ("kept",)
# A job that is soon done.
JOB = {"prompts": ["Once upon a time", "One day"], "layers": [-1], "top_k": 1}

_requests = count()


def make_answerable(case, operation_id, sent, *, linked, lens_files, job):
    """Changes a right request in place.

    `sent`: what goes to the network instead of the case's own. Of a file it is that: schemathesis takes a case whose body
    is changed to bytes for a wrong one. `linked`: the lens or job comes from an earlier answer. `job`: gives the id of one,
    made for whoever changes it.
    """
    if operation_id == "updateJob" and isinstance(case.body, dict) and case.body.get("paused"):
        # Whoever follows a paused job waits until someone lets it go on.
        case.body["paused"] = False
    turn = next(_requests)
    if turn % 8 == 0:
        return
    if not linked and "lens_id" in (case.path_parameters or {}):
        case.path_parameters["lens_id"] = pick(LENS_OF.get(operation_id, STORED), turn)
    if not linked and "job_id" in (case.path_parameters or {}):
        case.path_parameters["job_id"] = job(operation_id in ("updateJob", "deleteJob"))
    headers(case, operation_id, linked)
    if operation_id == "putLens":
        sent["data"] = pick(lens_files, turn)
        remarks(case, sent["data"])
    if operation_id == "listVocabulary" and case.query:
        ids_or_question(case.query, turn)
    if isinstance(case.body, dict):
        body(case.body, turn)
        of_many = operation_id in ("createProbeBatch", "streamProbeBatch", "createJob")
        if of_many and case.media_type == "application/json":
            prompts_or_template(case.body)


def headers(case, operation_id, linked):
    for name in list(case.headers or {}):
        if name == "If-Match":
            # Of a lens that may not be there yet nobody knows an ETag.
            if operation_id == "putLens" and (linked or case.path_parameters.get("lens_id") != "kept"):
                del case.headers[name]
            else:
                case.headers[name] = "*"
        elif name == "If-None-Match":
            case.headers[name] = '"none"'
        elif name == "Range":
            case.headers[name] = "bytes=0-1023"


def remarks(case, file):
    """What is said of a lens must agree with its file."""
    digest = hashlib.sha256(file)
    if case.query and "sha256" in case.query:
        case.query["sha256"] = digest.hexdigest()
    if case.query and "reading" in case.query:
        case.query["reading"] = "tuned_lens"
    if case.headers and "Repr-Digest" in case.headers:
        case.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"


def body(it, turn):
    if "lenses" in it:
        it["lenses"] = [lens if lens in READABLE else pick(READ, turn) for lens in it["lenses"]]
    if "against" in it and it["against"] not in READABLE:
        it["against"] = pick(READ, turn)
    if "track" in it:
        it["track"] = [token if token in TOKENS else pick(TOKENS, turn) for token in it["track"]]
    if isinstance(it.get("positions"), list):
        # Of the shortest prompt.
        it["positions"] = [0 if position >= 0 else -1 for position in it["positions"]]
    if it.get("config") is not None:
        # It would have to agree with the file's weights.
        it["config"] = None
    if "prompt" in it:
        it["prompt"] = prompt(it["prompt"])
    if "prompts" in it:
        it["prompts"] = [prompt(each) for each in it["prompts"]]
    if "source" in it and it["source"] not in PUBLISHED:
        it["source"] = pick(PUBLISHED, turn)
    if "revision" in it:
        # It belongs to a source.
        it["revision"] = "main"
        it.setdefault("source", PUBLISHED[0])


def prompt(value):
    """A text in place of none, and of a chat: the demo has no chat template, as GET /model says."""
    if isinstance(value, dict):
        value = value["messages"][0]["content"][:100]
    return TEXT if value == "" else value


def prompts_or_template(it):
    """One of the two ways to say what the prompts are."""
    if "prompts" in it:
        it.pop("template", None)
        it.pop("values", None)
        return
    it.update(template=f"{TEXT}, {{who}}")
    it["values"] = [{**row, "who": "a cat"} for row in it.get("values", [{}])]


def ids_or_question(query, turn):
    """One of the two ways to say which tokens: by their ids, which stand alone, or by what is in them."""
    query.pop("cursor", None)
    if "ids" in query and turn % 2:
        query.clear()
        query["ids"] = "386,518"
        return
    query.pop("ids", None)
    if "q" not in query:
        query.pop("match", None)


def pick(values, turn):
    return values[turn % len(values)]
