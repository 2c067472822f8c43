import { type NamedFault, pointer } from "../openapi/refusal.ts";
import type { ProblemName } from "../openapi/problem.ts";
import type { Prompt } from "../openapi/schemas/prompt.ts";
import { type Tokenizer, TokenizerError } from "../model/tokenizer.ts";
import type { LoadedModel } from "./loaded_model.ts";

type PromptModel = Pick<LoadedModel, "description" | "tokenizer" | "maxTokens">;

/** Token ids of a prompt: inside the vocabulary, at least one, at most as many as the service takes; or what is wrong. */
export function promptIds(
  prompt: Prompt,
  addSpecialTokens: boolean,
  model: PromptModel,
): { ids: readonly number[] } | { faults: NamedFault[] } {
  if (Array.isArray(prompt)) {
    const faults = [
      ...lengthFaults(prompt.length, model.maxTokens),
      ...idFaults(prompt, ["prompt"], model.description.vocabulary),
    ];
    return faults.length > 0 ? { faults } : { ids: prompt };
  }
  if ("unavailable" in model.tokenizer) {
    return refused("no-tokenizer", `text needs a tokenizer, and ${model.tokenizer.unavailable}: give token ids`);
  }
  const characters = typeof prompt === "string"
    ? prompt.length
    : prompt.messages.reduce((sum, message) => sum + message.content.length, 0);
  const most = model.tokenizer.characterLimit(model.maxTokens);
  if (characters > most) {
    return refused(
      "prompt-too-long",
      `the prompt has ${characters} characters; ${model.maxTokens} tokens have at most ${most}`,
    );
  }
  return encoded(prompt, addSpecialTokens, model.tokenizer, model.maxTokens);
}

function encoded(
  prompt: Exclude<Prompt, number[]>,
  addSpecialTokens: boolean,
  tokenizer: Tokenizer,
  maxTokens: number,
) {
  try {
    const ids = typeof prompt === "string"
      ? tokenizer.encode(prompt, addSpecialTokens)
      : tokenizer.encodeMessages(prompt.messages);
    const faults = lengthFaults(ids.length, maxTokens);
    return faults.length > 0 ? { faults } : { ids };
  } catch (error) {
    if (error instanceof TokenizerError) return refused("text-not-accepted", error.message);
    throw error;
  }
}

function lengthFaults(tokens: number, maxTokens: number): NamedFault[] {
  if (tokens === 0) return refused("prompt-empty", "the prompt has no token").faults;
  if (tokens <= maxTokens) return [];
  return refused("prompt-too-long", `the prompt has ${tokens} tokens; this service takes ${maxTokens}`).faults;
}

/** Ids outside the vocabulary, each with its pointer. */
export function idFaults(ids: readonly number[], path: readonly PropertyKey[], vocabulary: number): NamedFault[] {
  return ids.flatMap((id, at) =>
    id < vocabulary ? [] : [{
      problem: "unknown-token" as const,
      in: "body" as const,
      pointer: pointer([...path, at]),
      detail: `token id ${id} is outside the vocabulary: ids are 0 to ${vocabulary - 1}`,
    }]
  );
}

function refused(problem: ProblemName, detail: string): { faults: NamedFault[] } {
  return { faults: [{ problem, in: "body", pointer: "/prompt", detail }] };
}
