/** `deno task examples`: asks the service, with the demo, one of everything, and writes the answers into openapi/examples.json. */
import { problemExamples } from "../openapi/problem_examples.ts";
import { quote } from "../openapi/refusal.ts";
import { runService } from "../tests/service/running_service.ts";

type Answer = Record<string, Record<string, Record<string, unknown>>>;

const JSON_TYPE = "application/json";
const lensFile = await Deno.readFile(new URL("../demo/lenses/jacobian.pt", import.meta.url));

await using service = await runService();

/** One request, and its answer by status and media type, as the document has it. */
async function record(method: string, path: string, body?: unknown, accept = JSON_TYPE): Promise<Answer> {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: { accept, ...(body === undefined ? {} : { "content-type": JSON_TYPE }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await answerOf(response, `${method} ${path}`);
}

async function answerOf(response: Response, asked: string): Promise<Answer> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${asked} answered ${response.status}: ${quote(text)}`);
  const type = response.headers.get("content-type")!.split(";")[0]!;
  if (type === "application/x-ndjson") return { [response.status]: { [type]: { examples: frames(text) } } };
  return { [response.status]: { [type]: { example: type === JSON_TYPE ? JSON.parse(text) : text } } };
}

/** Frames that come only where there is a queue, silence or a failure. */
const ERROR = { type: "error", problem: problemExamples()["engine-unavailable"].value };
const PING = { type: "ping" };
const OF_A_PROBE = [{ type: "queued", position: 1, wait_ms: 120.5 }, PING, ERROR];

/** The first frame of every type, and those that are rare. */
function frames(text: string, rare: readonly { readonly type: string }[] = OF_A_PROBE) {
  const came = text.trimEnd().split("\n").map((line) => JSON.parse(line) as { type: string });
  const examples: Record<string, { summary: string; value: unknown }> = {};
  for (const value of [...came, ...rare]) {
    examples[value.type] ??= { summary: `A frame of type ${value.type}`, value };
  }
  return examples;
}

/** The service's own figures without histograms: a page of all of them shows no more. */
async function someMetrics(): Promise<string> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return text.split("\n").filter((line) => /midstream_(ready|running|queue_waiting)\b/.test(line)).join("\n") + "\n";
}

/** The demo in a precision that was measured; of the states, those of one block. */
async function measuredModel(): Promise<Answer> {
  await using smaller = await runService(["--precision", "q16"]);
  const info = await (await fetch(`${smaller.url}/model`)).json() as { fidelity: { states: unknown[] } };
  info.fidelity.states.splice(5);
  return { 200: { [JSON_TYPE]: { example: info } } };
}

/** Several answers of one operation. */
function together(...answers: Answer[]): Answer {
  const all: Answer = {};
  for (const answer of answers) {
    for (const [status, types] of Object.entries(answer)) all[status] = { ...all[status], ...types };
  }
  return all;
}

const cells = { layers: [-1], top_k: 3 };
const probe = { prompt: "Once upon a time, there was a little girl named", ...cells, track: [" Lily"] };
const batch = {
  template: "Once upon a time, there was a {who} named",
  values: [{ who: "little girl" }, { who: "big dog" }],
  ...cells,
};
const text = { prompt: "Once upon a time" };
const ids = { ids: (await service.json<{ ids: number[] }>("/tokenize", text)).ids };
const lookUp = { q: "Lily", limit: 4 };
const mine = { lens_id: "mine" };
const note = { note: "trained on stories, step 250" };

const put = () => service.put("mine", lensFile).then((response) => answerOf(response, "PUT /lenses/mine"));
const uploaded = together(await put(), await put());
const lens = uploaded[201]![JSON_TYPE]!.example;

/** Makes a job, and gives its answer and its id. */
async function makeJob(body: object): Promise<{ answer: Answer; id: string }> {
  const answer = await record("POST", "/jobs", body);
  return { answer, id: (answer[202]![JSON_TYPE]!.example as { id: string }).id };
}

/** A job's results: of lines one. */
async function resultOf(id: string, format: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${service.url}/jobs/${id}/result?format=${format}`, { headers });
  const text = await response.text();
  const example = response.status === 200 && format === "ndjson" ? JSON.parse(text.split("\n")[0]!) : text;
  return { [response.status]: { [response.headers.get("content-type")!.split(";")[0]!]: { example } } };
}

const job = await makeJob(batch);
const jobId = { job_id: job.id };
const events = await (await fetch(`${service.url}/jobs/${job.id}/events`)).text();
const progress = { type: "progress", job: job.answer[202]![JSON_TYPE]!.example };
const share = { shared: true };
const long = await makeJob({ prompts: Array(1000).fill("Once upon a time"), layers: [-1] });
const part = { Range: "bytes=0-99" };

const examples = {
  createProbe: {
    request: probe,
    responses: together(
      await record("POST", "/probe", probe),
      await record("POST", "/probe", probe, "text/csv"),
      await record("POST", "/probe", probe, "text/plain"),
    ),
  },
  estimateProbe: { request: probe, responses: await record("POST", "/probe/estimate", probe) },
  streamProbe: { request: probe, responses: await record("POST", "/probe/stream", probe) },
  createProbeBatch: {
    request: batch,
    responses: together(
      await record("POST", "/probe/batch", batch),
      await record("POST", "/probe/batch", batch, "text/csv"),
    ),
  },
  streamProbeBatch: { request: batch, responses: await record("POST", "/probe/batch/stream", batch) },
  createActivations: { request: { ...text, sites: ["resid_post"], layers: [-1], positions: "all" } },
  tokenizePrompt: { request: text, responses: await record("POST", "/tokenize", text) },
  detokenizeIds: { request: ids, responses: await record("POST", "/detokenize", ids) },
  listVocabulary: {
    parameters: lookUp,
    responses: await record("GET", `/vocabulary?q=${lookUp.q}&limit=${lookUp.limit}`),
  },
  listLenses: { responses: await record("GET", "/lenses") },
  getLens: { parameters: mine, responses: await record("GET", "/lenses/mine") },
  putLens: { parameters: mine, responses: uploaded },
  updateLens: { parameters: mine, request: note, responses: await record("PATCH", "/lenses/mine", note) },
  deleteLens: { parameters: mine },
  getLensWeights: { parameters: mine },
  // No hub is asked: the frames are those of an import of the lens above.
  createImport: {
    request: { source: "spaces/lab/lenses:stories/jacobian.pt", lens_id: "mine" },
    responses: {
      200: {
        "application/x-ndjson": {
          examples: frames(
            [
              { type: "progress", bytes_done: 0, bytes_total: lensFile.byteLength },
              { type: "end", lens },
            ].map((frame) => JSON.stringify(frame)).join("\n"),
            [ERROR],
          ),
        },
      },
    },
  },
  createJob: { request: batch, responses: job.answer },
  listJobs: { responses: await record("GET", "/jobs?limit=2") },
  getJob: { parameters: jobId, responses: await record("GET", `/jobs/${job.id}`) },
  updateJob: { parameters: jobId, request: share, responses: await record("PATCH", `/jobs/${job.id}`, share) },
  deleteJob: { parameters: jobId, responses: await record("DELETE", `/jobs/${long.id}`) },
  streamJobEvents: {
    parameters: jobId,
    responses: {
      200: { "application/x-ndjson": { examples: frames(`${JSON.stringify(progress)}\n${events}`, [PING, ERROR]) } },
    },
  },
  getJobResult: {
    parameters: jobId,
    responses: together(
      await resultOf(job.id, "ndjson"),
      await resultOf(job.id, "csv"),
      await resultOf(job.id, "ndjson", part),
      await resultOf(job.id, "csv", part),
    ),
  },
  getModel: { responses: await measuredModel() },
  getSelfCheck: { responses: await record("GET", "/self-check") },
  getLiveness: { responses: await record("GET", "/livez") },
  getReadiness: { responses: await record("GET", "/readyz") },
  getMetrics: { responses: { 200: { "text/plain": { example: await someMetrics() } } } },
  getDocument: { responses: { 200: { [JSON_TYPE]: { example: { openapi: "3.1.0" } } } } },
  getOlderDocument: { responses: { 200: { [JSON_TYPE]: { example: { openapi: "3.0.3" } } } } },
};

await Deno.writeTextFile(
  new URL("../openapi/examples.json", import.meta.url),
  `${JSON.stringify(examples, null, 2)}\n`,
);
