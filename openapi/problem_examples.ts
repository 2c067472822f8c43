import { type Fault, type Problem, type ProblemName, PROBLEMS, problemType } from "./problem.ts";

interface Occurrence {
  readonly detail: string;
  readonly errors?: readonly Fault[];
}

const ofBody = (pointer: string, detail: string): Occurrence => ({ detail, errors: [{ in: "body", pointer, detail }] });
const ofHeader = (name: string, detail: string): Occurrence => ({ detail, errors: [{ in: "header", name, detail }] });

/** One occurrence of every kind of refusal, in the service's own words. */
const OCCURRENCES: Readonly<Record<ProblemName, Occurrence>> = {
  "malformed-body": { detail: "the body is not JSON: it goes wrong at character 17" },
  "malformed-request": { detail: "the connection broke while the body was read" },
  "key-missing": ofHeader("Authorization", "this service needs a key: Authorization: Bearer <secret>"),
  "key-unknown": ofHeader(
    "Authorization",
    "no key of this service has that secret; it may have been revoked or rotated",
  ),
  "role-too-low": { detail: "the key ann is read; this needs upload" },
  "not-owner": { detail: 'the lens "tuned" belongs to another key: you may use it, not change it' },
  "too-many-attempts": { detail: "too many requests without a key of this service: wait 6 s" },
  "quota-used-up": { detail: "the key ann has used up its 60000 prompt tokens a minute: wait 12 s" },
  "foreign-host": {
    detail: 'the host "lab.example" is neither a loopback name nor in --allowed-host',
    errors: [{ in: "header", name: "Host", detail: "must be a loopback name or one given by --allowed-host" }],
  },
  "foreign-origin": {
    detail: 'pages of "https://lab.example" may not use this service',
    errors: [{ in: "header", name: "Origin", detail: "must be of a loopback name or one given by --allowed-host" }],
  },
  "not-found": { detail: 'there is no lens "tuned"; GET /lenses lists those there are' },
  "method-not-allowed": { detail: '"/probe" does not take "GET"; it takes POST, OPTIONS' },
  "request-too-slow": { detail: "the body was waited for longer than 30 s and a second for every 1000 bytes" },
  "conflict": { detail: "the lens tuned was given when the service started; take another id" },
  "precondition-failed": ofHeader(
    "If-None-Match",
    'If-None-Match is "*", and there is a lens already, with the ETag ' +
      '"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
  ),
  "body-too-large": { detail: "the body is larger than 33554432 bytes" },
  "lens-too-large": { detail: "the lens has 12000000000 bytes; 8589934592 are taken (--max-lens-bytes)" },
  "job-too-large": { detail: "a job takes 100000 prompts (--max-job-prompts)" },
  "unsupported-media-type": {
    detail: "Content-Type must be application/json, in UTF-8",
    errors: [{ in: "header", name: "Content-Type", detail: "must be application/json" }],
  },
  "range-not-satisfiable": ofHeader("Range", "the range begins behind the last of 14848 bytes"),
  "invalid-request": ofBody("/top_k", "must be at most 100"),
  "conflicting-members": ofBody("", "give either `prompts`, or `template` and `values`"),
  "prompt-too-long": ofBody("/prompt", "the prompt has 513 tokens; this service takes 512"),
  "prompt-empty": ofBody("/prompt", "the prompt has no token"),
  "no-tokenizer": { detail: "text needs a tokenizer, and the model has no tokenizer.json: give token ids" },
  "text-not-accepted": ofBody("/prompt/messages", "the model has no chat template"),
  "unknown-lens": ofBody("/lenses/0", 'there is no lens "tuned"; there are "logit" and "jacobian"'),
  "lens-refused": { detail: 'layer 7 "7.weight" is [4096, 4095]; this model needs [4096, 4096]' },
  "lens-does-not-fit": ofBody("/lenses/0", 'the lens "tuned" was stored for another model: d_model is 4096, here 64'),
  "digest-mismatch": {
    detail: "the bytes that came have the sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, " +
      "not 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
  },
  "not-published": ofBody("/source", "the hub has no repository spaces/lab/lenses"),
  "unknown-token": ofBody("/track_ids/0", "token id 32000 is outside the vocabulary: ids are 0 to 31999"),
  "out-of-range": ofBody("/layers/0", "layer 8 is not in this model: layers are 0 to 7, or -8 to -1 from the end"),
  "response-too-large": {
    detail: "the answer has 49152 cells and would be about 66.4 MB, more than 64.0 MB (--max-response-bytes): narrow " +
      "positions, layers, sites, lenses, top_k, track or statistics; POST /probe/stream has no such bound",
    errors: [
      { in: "body", pointer: "/positions", detail: "512 positions" },
      { in: "body", pointer: "/layers", detail: "96 cells a position" },
      { in: "body", pointer: "/top_k", detail: "10 tokens a cell" },
    ],
  },
  "hub-failed": {
    detail:
      "the hub answered 401 for meta-llama/Llama-2-7b-hf: ask for access there, and start the service with HF_TOKEN",
  },
  "queue-full": { detail: "all 64 places of the queue are taken" },
  "head-too-large": { detail: "the request line and headers are larger than 16 KiB" },
  "internal-error": {
    detail: "the service failed; its log has the cause under the request id 7f0c1c5e-1f53-4a3e-8a54-0d9f3a0f7c11",
  },
  "engine-unavailable": { detail: "the model is being loaded" },
  "draining": { detail: "the service is shutting down" },
  "jobs-unavailable": { detail: "the jobs are kept in Redis, which does not answer" },
  "timeout": { detail: "the request was stopped after 300 s (--request-timeout)" },
  "storage-full": { detail: "the lenses would take 10400000000 bytes; 10000000000 are allowed in all" },
};

/** An example of every kind of refusal by its name: the document's `components/examples`. */
export function problemExamples(): Record<ProblemName, { summary: string; value: Problem }> {
  const entries = (Object.keys(PROBLEMS) as ProblemName[]).map((name) => {
    const { status, title } = PROBLEMS[name];
    const { detail, errors } = OCCURRENCES[name];
    const value: Problem = {
      type: problemType(name),
      title,
      status,
      detail,
      instance: "urn:midstream:request:7f0c1c5e-1f53-4a3e-8a54-0d9f3a0f7c11",
      ...(errors ? { errors: [...errors] } : {}),
    };
    return [name, { summary: title, value }];
  });
  return Object.fromEntries(entries);
}
