import type { MachineMemory } from "./machine_memory.ts";
import { type MemoryPlan, neededBytes } from "./memory_plan.ts";
import type { PrecisionChoice, ReportedPrecision } from "./precision.ts";

export interface ChosenPrecision {
  readonly precision: ReportedPrecision;
  readonly plan: MemoryPlan;
  /** One line for people: what was chosen, why, and what each precision would need. */
  readonly why: string;
}

/**
 * The precision asked for, or, for `auto`, the most faithful one that fits with its working set and the lens budget.
 *
 * @param plans what the model would need in each precision that it can be had in, most faithful first
 * @param streamed what f32 would need with its weights streamed, where they are not: a refusal names it
 * @throws {Error} with the figures, when it cannot fit; nothing has been loaded by then
 */
export function choosePrecision(
  id: string,
  choice: PrecisionChoice,
  plans: ReadonlyMap<ReportedPrecision, MemoryPlan>,
  memory: MachineMemory,
  streamed?: MemoryPlan,
): ChosenPrecision {
  const fits = (plan: MemoryPlan) => neededBytes(plan) <= memory.availableBytes;
  const asked = [...plans.keys()].filter((precision) => choice === "auto" || choice === precision);
  const precision = asked.find((one) => fits(plans.get(one)!));
  if (precision === undefined) throw new Error(refusal(id, asked.at(-1)!, plans, memory, streamed));
  const plan = plans.get(precision)!;
  const all = [...plans].map(([name, one]) => `${name} ${gib(neededBytes(one))}`).join(", ");
  const own = precision === "gguf" ? "the file's own blocks" : "the most faithful that fits";
  const reason = choice === "auto" ? own : "as asked for";
  return {
    precision,
    plan,
    why: `precision ${precision}, ${reason}: ${available(memory)}; needed would be ${all}`,
  };
}

function refusal(
  id: string,
  precision: ReportedPrecision,
  plans: ReadonlyMap<ReportedPrecision, MemoryPlan>,
  memory: MachineMemory,
  streamed?: MemoryPlan,
): string {
  const plan = plans.get(precision)!;
  const others = [...plans].filter(([name]) => name !== precision)
    .map(([name, one]) => `${name} would need ${gib(neededBytes(one))}`);
  if (streamed) others.push(`--precision f32 --stream-weights would need ${gib(neededBytes(streamed))}`);
  return `${id} needs ${gib(neededBytes(plan))} in ${precision} (${gib(plan.weightsBytes)} weights, ` +
    `${gib(plan.promptBytes)} for the longest prompt, ${gib(plan.lensBytes)} for lenses, ` +
    `${gib(plan.workingBytes)} to work in) and ${available(memory)}; ${others.map((other) => `${other}; `).join("")}` +
    `take a machine with more memory, a smaller model, or a lower --max-tokens`;
}

function available({ availableBytes, source }: MachineMemory): string {
  return `there are ${gib(availableBytes)} (${source})`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
