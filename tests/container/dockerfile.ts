/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What is built on one base. */
export interface Stage {
  /** Image with its tag. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads as much of a Dockerfile as this project's has: comments, lines continued by `\`, and stages. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#")).join("\n")
    .replaceAll(/\\\n/g, " ").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const stages: { base: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [name = "", ...words] = line.split(/\s+/);
    if (name === "FROM") stages.push({ base: words[0]!, instructions: [] });
    else stages.at(-1)!.instructions.push({ name, text: words.join(" ") });
  }
  return stages;
}

/** The texts of all instructions of a name. */
export function textsOf({ instructions }: Stage, name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** A command in the form of a JSON array, wherever the instruction has it. */
export function commandOf(text: string): string[] {
  return JSON.parse(text.slice(text.indexOf("[")));
}

/** The variables that ENV sets; values here have no spaces and no quotes. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = textsOf(stage, "ENV").flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}
