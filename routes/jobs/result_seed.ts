import type { JobResult } from "../../lab/jobs/types.ts";
import type { Site } from "../../lens/sites.ts";
import { Refusal } from "../../openapi/refusal.ts";
import type { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import { pythonPercent, pythonText } from "./python_literal.ts";
import { jobRequests, type PromptResult, promptResults } from "./result_lines.ts";

/** Columns of DanYuDE/Research-Project's `result/*_res.csv` after `Layer`, and what each decodes. */
const COLUMNS: Readonly<Record<string, Site>> = {
  "Attention mechanism": "attn_out",
  "Intermediate residual stream": "resid_mid",
  "MLP output": "mlp_out",
  "Block output": "resid_post",
};
const HEADER = `Layer,${Object.keys(COLUMNS).join(",")}\n`;
const TOKENS = 10;

type Response = Extract<PromptResult, { response: unknown }>["response"];

/**
 * A job's results as the seed writes them: before every prompt the header, then a row a layer; of a prompt that was refused the
 * header alone.
 * @param depth blocks of the model
 */
export async function* resultSeed(result: JobResult, depth: number): AsyncGenerator<string, void> {
  for await (const { result: of } of promptResults(result)) {
    yield HEADER + ("response" in of ? rows(of.response, depth) : "");
  }
}

/**
 * Looks whether a job was asked for what the seed's form has, of the prompts and of one answer to each question.
 * @throws {Refusal} 422 that says what lacks
 */
export async function checkSeed(result: JobResult, depth: number): Promise<void> {
  const questions = new Set<string>();
  let index = 0;
  for await (const request of jobRequests(result)) {
    const question = questionOf(request);
    if (!questions.has(question)) {
      questions.add(question);
      const lacks = lacksOf(request, depth);
      if (lacks.length > 0) throw lacking(index, lacks);
    }
    index++;
  }
  const answered = new Set<string>();
  for await (const { request, result: of } of promptResults(result)) {
    const question = questionOf(request);
    if ("response" in of && !answered.has(question)) {
      answered.add(question);
      const missing = missingCells(of.response, depth);
      if (missing.length > 0) throw lacking(of.index, [`its lens reads no ${missing.slice(0, 5).join(", ")}`]);
    }
    if (answered.size === questions.size) return;
  }
}

const questionOf = ({ prompt: _, ...question }: ProbeRequest) => JSON.stringify(question);

function lacking(index: number, lacks: readonly string[]): Refusal {
  const detail = `the seed's form needs more than this job has: of prompt ${index} ${lacks.join("; ")}`;
  return new Refusal("conflicting-members", detail, [{ in: "query", name: "format", detail }]);
}

/** What a request does not ask for, each in words. */
function lacksOf(request: ProbeRequest, depth: number): string[] {
  const { sites = ["resid_post"], lenses = ["logit"], layers, positions = "last", top_k = TOKENS, norm } = request;
  const missing = Object.values(COLUMNS).filter((site) => !sites.includes(site));
  const asked = new Set((layers ?? []).map((layer) => layer < 0 ? layer + depth : layer));
  const isLast = positions === "last" || (Array.isArray(positions) && positions.length === 1 && positions[0] === -1);
  return [
    ...(missing.length > 0 ? [`sites lacks ${missing.join(", ")}`] : []),
    ...(new Set(lenses).size === 1 ? [] : [`lenses names ${lenses.length}, and it has one`]),
    ...(layers === undefined || asked.size === depth ? [] : [`layers has ${asked.size} of ${depth}`]),
    ...(isLast ? [] : ['positions is not "last"']),
    ...(top_k >= TOKENS ? [] : [`top_k is ${top_k}, and it has ${TOKENS} tokens a cell`]),
    ...(norm === "final" ? ['norm is "final", and it has each by its own'] : []),
  ];
}

function missingCells(response: Response, depth: number): string[] {
  const there = new Set(response.readouts.map(({ site, layer }) => `${site} of layer ${layer}`));
  return Array.from({ length: depth }, (_, layer) => Object.values(COLUMNS).map((site) => `${site} of layer ${layer}`))
    .flat().filter((cell) => !there.has(cell));
}

/** Logit lens: text, as `tokenizer.decode` gives it; other lenses: pieces, as the seed's tuned-lens files have them. */
function rows({ lenses, readouts }: Response, depth: number): string {
  const spelling = lenses[0]!.kind === "logit" ? decodedAlone : ({ piece }: Token) => piece;
  const cells = new Map(readouts.map(({ site, layer, top }) => [`${site} ${layer}`, top]));
  let text = "";
  for (let layer = 0; layer < depth; layer++) {
    const columns = Object.values(COLUMNS).map((site) => {
      const top = (cells.get(`${site} ${layer}`) ?? []).slice(0, TOKENS);
      return `[${top.map((token) => `(${pythonText(spelling(token))}, ${pythonPercent(token.prob)})`).join(", ")}]`;
    });
    text += `${[`layer${layer}`, ...columns].map(field).join(",")}\n`;
  }
  return text;
}

type Token = Response["readouts"][number]["top"][number];

/** What decoding a token by itself gives: sentencepiece's leading space is lost, a byte that is no text is U+FFFD. */
function decodedAlone({ piece, text }: Token): string {
  if (piece.startsWith("▁") && text.startsWith(" ")) return text.slice(1);
  if (text !== "" || piece === "") return text;
  const isSpecial = /^<.*>$/.test(piece) && !/^<0x[0-9A-F]{2}>$/.test(piece);
  return isSpecial ? "" : "\ufffd";
}

/** Python's csv.QUOTE_MINIMAL. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
