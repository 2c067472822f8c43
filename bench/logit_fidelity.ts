import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../model/checkpoint/folder.ts";
import { openTokenizer } from "../model/tokenizer.ts";
import { takePrompts } from "../scripts/fidelity/prompts.ts";
import type { BenchModel } from "./options.ts";
import type { Peers } from "./peer_runs.ts";
import type { ServiceProcess } from "./service_process.ts";

/** How far the output's logits are from those of torch in float32, means over positions. */
export interface Fidelity {
  readonly positions: number;
  /** Nats. */
  readonly kl: number;
  /** Share of positions with the same likeliest token. */
  readonly top1: number;
}

/** Prompts, and torch's logits of them in float32. */
export interface Reference {
  readonly prompts: readonly (readonly number[])[];
  readonly promptsFile: string;
  /** A file a prompt. */
  readonly logits: string;
  readonly scratch: string;
}

const POSITIONS = 2000;
const LONGEST = 256;
const SCRIPT = fileURLToPath(new URL("logit_fidelity.py", import.meta.url));

export async function referenceLogits(
  peers: Peers,
  model: BenchModel,
  corpus: string,
  scratch: string,
): Promise<Reference> {
  const { config } = await openCheckpoint(model.folder, { cacheFolder: scratch });
  const tokenizer = await openTokenizer(model.folder, config.vocabulary);
  if ("unavailable" in tokenizer) throw new Error(`${model.name}: ${tokenizer.unavailable}`);
  const encode = (text: string) => tokenizer.encode(text, true);
  const prompts = takePrompts(await Deno.readTextFile(corpus), encode, POSITIONS, LONGEST);
  const promptsFile = join(scratch, "prompts.json");
  await Deno.writeTextFile(promptsFile, JSON.stringify(prompts));
  const logits = join(scratch, "reference");
  await peers.script(SCRIPT, ["write", "--model", model.folder, "--prompts", promptsFile, "--out", logits]);
  return { prompts, promptsFile, logits, scratch };
}

/** What the service itself answers: POST /activations with logits. */
export async function serviceFidelity(peers: Peers, service: ServiceProcess, reference: Reference): Promise<Fidelity> {
  const folder = await Deno.makeTempDir({ dir: reference.scratch });
  for (const [index, prompt] of reference.prompts.entries()) {
    const response = await fetch(`${service.url}/activations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt, sites: ["resid_post"], layers: [-1], positions: "all", logits: true }),
    });
    if (!response.ok) throw new Error(`/activations answered ${response.status}: ${await response.text()}`);
    await Deno.writeFile(join(folder, `${index}.safetensors`), response.body!);
  }
  const result = await peers.script(SCRIPT, ["compare", "--reference", reference.logits, "--logits", folder]);
  await Deno.remove(folder, { recursive: true });
  return result as Fidelity;
}

export async function peerFidelity(
  peers: Peers,
  { peer, dtype, folder }: { readonly peer: string; readonly dtype: string; readonly folder: string },
  { promptsFile, logits }: Reference,
): Promise<Fidelity> {
  const which = ["--peer", peer, "--dtype", dtype, "--model", folder];
  return await peers.script(SCRIPT, ["peer", ...which, "--prompts", promptsFile, "--reference", logits]) as Fidelity;
}
