import type { LensEntry, LensLibrary } from "../lens/library/types.ts";
import { type Lens, LOGIT_LENS } from "../lens/lens.ts";
import type { TranslatorSource } from "../lens/translator.ts";
import { type NamedFault, pointer, quote } from "../openapi/refusal.ts";
import type { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import { LOGIT } from "./lenses/lens_id.ts";

/** A lens that a probe reads through. */
export interface ProbeLens {
  readonly id: string;
  readonly lens: Lens;
  /** The registered lens; null for the built-in one. */
  readonly entry: LensEntry | null;
}

/** The lenses of one probe, whose files stay until it is disposed. */
export interface ProbeLenses extends Disposable {
  /** In the order of the request, without repeats. */
  readonly lenses: readonly ProbeLens[];
  readonly against: ProbeLens | null;
  readonly faults: readonly NamedFault[];
}

/** Looks up the lenses that a request names, and keeps them. */
export async function probeLenses(request: ProbeRequest, library: LensLibrary): Promise<ProbeLenses> {
  const asked = request.lenses ?? [LOGIT];
  const faults: NamedFault[] = [];
  const found = new Map<string, ProbeLens>();
  const find = async (id: string, path: readonly PropertyKey[]) => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const lens = await lookUp(id, library);
    if ("problem" in lens) faults.push({ ...lens, in: "body", pointer: pointer(path) });
    else found.set(id, lens);
    return "problem" in lens ? null : lens;
  };
  for (const [at, id] of asked.entries()) await find(id, ["lenses", at]);
  const lenses = [...found.values()];
  const against = request.against === undefined ? null : await find(request.against, ["against"]);
  const held = new DisposableStack();
  for (const { entry } of found.values()) if (entry !== null) held.use(entry.hold());
  return { lenses, against, faults, [Symbol.dispose]: () => held.dispose() };
}

async function lookUp(id: string, library: LensLibrary): Promise<ProbeLens | Pick<NamedFault, "problem" | "detail">> {
  if (id === LOGIT) return { id, lens: LOGIT_LENS, entry: null };
  const entry = await library.get(id);
  if (entry === null) {
    const there = [LOGIT, ...(await library.list()).map(({ record }) => record.id)].map(quote);
    const more = there.length > MAX_NAMED ? `, and ${there.length - MAX_NAMED} more` : "";
    const detail = `there is no lens ${quote(id)}; there is ${there.slice(0, MAX_NAMED).join(", ")}${more}`;
    return { problem: "unknown-lens", detail };
  }
  if (entry.lens !== null) return { id, lens: entry.lens, entry };
  const detail = `the lens ${quote(id)} cannot be used with the loaded model: ${entry.match.reason}`;
  return { problem: "lens-does-not-fit", detail };
}

/** Names that a refusal lists. */
const MAX_NAMED = 20;

/** The translators that a plan points to, each once. */
export class TranslatorList {
  readonly sources: TranslatorSource[] = [];
  readonly #indices = new Map<string, number>();

  indexOf({ id, entry }: ProbeLens, layer: number): number {
    const key = `${id} ${layer}`;
    const index = this.#indices.get(key) ?? this.sources.push(entry!.translator(layer)) - 1;
    this.#indices.set(key, index);
    return index;
  }
}
