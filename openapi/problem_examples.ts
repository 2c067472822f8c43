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
  "conflict": { detail: 'the lens "tuned" was given by --lens: it cannot be changed' },
  "precondition-failed": ofHeader(
    "If-None-Match",
    'If-None-Match is "*", and there is a lens already, with the ETag ' +
      '"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
  ),
  "body-too-large": { detail: "the body is larger than 33554432 bytes" },
  "lens-too-large": { detail: "the lens has 12000000000 bytes; 8589934592 are taken (--max-lens-bytes)" },
  "unsupported-media-type": {
    detail: "Content-Type must be application/json, in UTF-8",
    errors: [{ in: "header", name: "Content-Type", detail: "must be application/json" }],
  },
  "range-not-satisfiable": ofHeader("Range", "the range begins behind the last of 14848 bytes"),
  "invalid-request": ofBody("/top_k", "must be at most 100"),
  "conflicting-members": ofBody("", "give either `prompts`, or `template` and `values`"),
  "prompt-too-long": ofBody("/prompt", "the prompt has 513 tokens; this service takes 512"),
  "prompt-empty": ofBody("/prompt", "the prompt has no token"),
  "no-tokenizer": { detail: "text needs a tokenizer, and the model's folder has no tokenizer.json: give token ids" },
  "text-not-accepted": ofBody("/prompt/messages", "this model has no chat template: give a text or token ids"),
  "unknown-lens": ofBody("/lenses/0", 'there is no lens "tuned"; there are "logit" and "jacobian"'),
  "lens-refused": { detail: 'layer 7 "7.weight" is [4096, 4095]; this model needs [4096, 4096]' },
  "lens-does-not-fit": ofBody("/lenses/0", 'the lens "tuned" was stored for another model: d_model is 4096, here 64'),
  "digest-mismatch": {
    detail:
      "the bytes hash to 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, not to what was stated",
  },
  "not-published": ofBody("/source", "the hub has no repository spaces/lab/lenses"),
  "unknown-token": ofBody("/track/0", '" Lilypad" is 2 tokens of this model: a tracked text must be one'),
  "out-of-range": ofBody("/layers/0", "layer 8 is not in this model: layers are 0 to 7, or -8 to -1 from the end"),
  "response-too-large": ofBody(
    "",
    "the answer would be about 412.0 MB, more than 64.0 MB (--max-response-bytes): narrow positions, layers or sites",
  ),
  "hub-failed": {
    detail: "the hub answered 401 for meta-llama/Llama-2-7b-hf: ask for access there, and give --hub-token",
  },
  "queue-full": { detail: "32 requests are waiting already" },
  "internal-error": {
    detail: "the service failed; its log has the cause under the request id 7f0c1c5e-1f53-4a3e-8a54-0d9f3a0f7c11",
  },
  "engine-unavailable": { detail: "the model is being loaded" },
  "draining": { detail: "the service is stopping" },
  "timeout": { detail: "the request was stopped after 300 s (--request-timeout)" },
  "storage-full": { detail: "the lenses take 9.9 GB of 10.0 GB; this one has 0.5 GB: delete others first" },
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
