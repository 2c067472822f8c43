import { Template } from "@huggingface/jinja";
import { TokenizerError } from "./tokenizer_error.ts";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** Templates name these tokens by the attribute of tokenizer_config.json that holds them. */
const SPECIAL_TOKENS = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/** Room for what a template says when it refuses messages; longer sayings are cut. */
const MAX_REASON_CHARACTERS = 300;

/** Chat messages → the text a chat model was trained on, generation prompt included. */
export type ChatTemplate = (messages: readonly ChatMessage[]) => string;

/**
 * Compiles a model's chat template.
 *
 * @param config tokenizer_config.json: `chat_template` (a text, or a list of named ones of which "default" is taken)
 * and the special tokens
 * @param file chat_template.jinja, where newer models keep it; wins over the config's
 * @returns undefined when the model has none
 * @throws {TokenizerError} when the template cannot be parsed
 */
export function chatTemplate(config: Record<string, unknown>, file: string | undefined): ChatTemplate | undefined {
  const source = file ?? templateSource(config.chat_template);
  if (source === undefined) return undefined;
  const template = compile(source);
  const specialTokens = Object.fromEntries(
    SPECIAL_TOKENS.flatMap((name) => {
      const content = tokenContent(config[name]);
      return content === undefined ? [] : [[name, content]];
    }),
  );
  return (messages) => {
    try {
      return template.render({ messages, add_generation_prompt: true, tools: null, documents: null, ...specialTokens });
    } catch (error) {
      throw new TokenizerError(`the model's chat template refuses these messages: ${reason(error)}`);
    }
  };
}

function compile(source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    throw new TokenizerError(`the model's chat template cannot be parsed: ${reason(error)}`);
  }
}

function templateSource(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.find((item) => item?.name === "default") ?? value[0];
  return typeof named?.template === "string" ? named.template : undefined;
}

/** A special token is written as its text, or as an object with `content`. */
function tokenContent(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON_CHARACTERS);
}
