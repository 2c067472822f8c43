import { parseTemplate } from "../../../routes/batch/template.ts";
import type { JobChoices, JobDraft } from "./job_draft.ts";
import { type LineRequest, PromptsFault, readPrompts } from "./read_prompts.ts";
import { valueTable } from "./value_table.ts";

/** The prompts of a draft, or what is wrong with it. */
export interface DraftPrompts {
  /** How many, and how they were understood: "3 prompts, one prompt a line". */
  readonly said: string;
  readonly requests: readonly LineRequest[];
  /** The members of the job that give them. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Every prompt is asked the same. */
  readonly alike: boolean;
}

export type DraftFault = { readonly place: "text" | "template" | "values"; readonly fault: string };

export function draftPrompts(draft: JobDraft): DraftPrompts | DraftFault {
  return draft.from === "prompts" ? listed(draft) : filled(draft);
}

function listed({ text, as }: JobDraft): DraftPrompts | DraftFault {
  try {
    const { form, requests } = readPrompts(text, as);
    const prompts = requests.map(({ prompt }) => prompt);
    const alike = requests.every((request) => Object.keys(request).length === 1);
    const own = alike ? "" : "; what a line says of itself counts before the choices";
    return { said: `${counted(requests.length)}, ${form}${own}`, requests, members: { prompts }, alike };
  } catch (error) {
    if (error instanceof PromptsFault) return { place: "text", fault: error.message };
    throw error;
  }
}

function filled({ template: text, values }: JobDraft): DraftPrompts | DraftFault {
  const template = parseTemplate(text);
  if ("fault" in template) return { place: "template", fault: template.fault };
  try {
    const { columns, rows } = valueTable(values);
    const lacking = template.names.find((name) => rows.some((row) => !Object.hasOwn(row, name)));
    if (lacking !== undefined) {
      return { place: "values", fault: `the template's {${lacking}} is no column; there are: ${columns.join(", ")}` };
    }
    const unused = columns.filter((name) => !template.names.includes(name));
    const requests = text === "" ? [] : rows.map((row) => ({ prompt: template.fill(row) }));
    const note = unused.length === 0 || text === "" ? "" : `; not in the template: ${unused.join(", ")}`;
    return {
      said: `${counted(requests.length)}${note}`,
      requests,
      members: { template: text, values: rows },
      alike: true,
    };
  } catch (error) {
    if (error instanceof PromptsFault) return { place: "values", fault: error.message };
    throw error;
  }
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "prompt" : "prompts"}`;
}

/**
 * The body of POST /jobs: one JSON object, whose members the service can check at once. Prompts with members of their own,
 * and more than a JSON body may hold, go as a request a line, which may be of any size.
 */
export function jobBody({ alike, requests, members }: DraftPrompts, choices: JobChoices, mostBytes: number) {
  if (alike) {
    const body = new Blob([JSON.stringify({ ...members, ...choices })]);
    if (body.size <= mostBytes) return { type: "application/json", body };
  }
  const lines = requests.map((request) => `${JSON.stringify({ ...choices, ...request })}\n`);
  return { type: "application/x-ndjson", body: new Blob(lines) };
}
