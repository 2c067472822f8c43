interface Named {
  readonly model: string;
  readonly lens: string;
  readonly view: string;
  readonly prompt: string;
  /** Whether all of it has come. */
  readonly isWhole: boolean;
}

const PROMPT_LETTERS = 32;

/** What a file shows, in letters and digits that every system takes. */
export function fileName({ model, lens, view, prompt, isWhole }: Named, ending: string): string {
  const parts = [model, lens, view, safe(prompt).slice(0, PROMPT_LETTERS), ...isWhole ? [] : ["so far"]];
  return `${parts.map(safe).filter((part) => part !== "").join("_")}.${ending}`;
}

function safe(text: string): string {
  return text.normalize("NFC").replaceAll(/[^\p{L}\p{N}.]+/gu, "-").replaceAll(/^[-.]+|[-.]+$/g, "").slice(0, 64);
}
