type Ids = readonly number[] | Int32Array;

/**
 * Prompts that go through the model together, as one sequence: a tree of their tokens in which a beginning that several share
 * stands once. A token sees its own ancestors and nothing else, so each prompt is computed as if it were alone.
 */
export interface Pack {
  /** [tokens] ids; an ancestor comes before what follows it. */
  readonly ids: Int32Array;
  /** [tokens] place of each token in its prompt: its rotary position. */
  readonly positions: Int32Array;
  /** [tokens] index of the token before it in its prompt; −1 for a first one. */
  readonly parents: Int32Array;
  /** For each prompt the index of each of its tokens, ascending. */
  readonly paths: readonly Int32Array[];
  /** Each token follows the one before it: one prompt, or several that continue each other. */
  readonly chain: boolean;
  /** Tokens that need not be computed: they stand first. */
  readonly known: number;
  /** Where the known ones come from: of each prompt those that no earlier one has. */
  readonly knownRanges: readonly { readonly prompt: number; readonly from: number; readonly to: number }[];
}

/** @param known how many tokens of each prompt need not be computed */
export function packPrompts(prompts: readonly Ids[], known: readonly number[] = []): Pack {
  const tree = new PromptTree();
  for (const [index, tokens] of known.entries()) tree.addKnown(prompts[index]!.slice(0, tokens), index);
  for (const prompt of prompts) tree.add(prompt);
  return tree.pack();
}

/**
 * How much of each prompt may be taken from what is known of it: nothing from the first token on that any prompt of the pack
 * wants the states of, and not so much that a single token is left, whose numbers would not be those of a run of many
 * (`chunksOf`).
 *
 * @param wanted tokens of the pack whose states are asked for
 */
export function usableTokens({ ids, paths }: Pack, known: readonly number[], wanted: ReadonlySet<number>): number[] {
  const usable = paths.map((path, index) => {
    const first = path.findIndex((token) => wanted.has(token));
    return Math.min(known[index]!, first < 0 ? path.length : first);
  });
  const covered = new Set(paths.flatMap((path, index) => [...path.subarray(0, usable[index])]));
  return ids.length - covered.size === 1 ? usable.map((tokens) => Math.max(0, tokens - 1)) : usable;
}

/**
 * Packs prompts in their order, each pack of at most `limit` tokens. A prompt that is longer goes alone, or with those that it
 * shares more with than they add, up to `limit` tokens beside it.
 */
export function* packsOf(prompts: readonly Ids[], limit: number): Generator<Pack> {
  let tree = new PromptTree();
  let first = 0;
  for (const prompt of prompts) {
    const added = tree.newTokens(prompt);
    const most = limit > 0 && added < prompt.length - added ? first + limit : limit;
    if (tree.tokens > 0 && tree.tokens + added > most) {
      yield tree.pack();
      tree = new PromptTree();
    }
    if (tree.tokens === 0) first = prompt.length;
    tree.add(prompt);
  }
  if (tree.tokens > 0) yield tree.pack();
}

class PromptTree {
  readonly #ids: number[] = [];
  readonly #positions: number[] = [];
  readonly #parents: number[] = [];
  readonly #paths: Int32Array[] = [];
  /** For each token, and for −1, what follows it by id. */
  readonly #next = new Map<number, Map<number, number>>();
  readonly #knownRanges: { prompt: number; from: number; to: number }[] = [];
  #known = 0;
  #chain = true;

  get tokens(): number {
    return this.#ids.length;
  }

  newTokens(prompt: Ids): number {
    let known = 0;
    for (let at = this.#next.get(-1)?.get(prompt[0]!); at !== undefined; known++) {
      at = this.#next.get(at)?.get(prompt[known + 1]!);
    }
    return prompt.length - known;
  }

  add(prompt: Ids): void {
    this.#paths.push(this.#walk(prompt));
  }

  /** Tokens that need not be computed; before any other is added. */
  addKnown(beginning: Ids, prompt: number): void {
    const from = beginning.length - this.newTokens(beginning);
    if (from === beginning.length) return;
    this.#walk(beginning);
    this.#knownRanges.push({ prompt, from, to: beginning.length });
    this.#known = this.#ids.length;
  }

  #walk(prompt: Ids): Int32Array {
    const path = new Int32Array(prompt.length);
    let parent = -1;
    for (const [position, id] of prompt.entries()) {
      parent = path[position] = this.#next.get(parent)?.get(id) ?? this.#append(id, position, parent);
    }
    return path;
  }

  pack(): Pack {
    return {
      ids: Int32Array.from(this.#ids),
      positions: Int32Array.from(this.#positions),
      parents: Int32Array.from(this.#parents),
      paths: this.#paths,
      chain: this.#chain,
      known: this.#known,
      knownRanges: this.#knownRanges,
    };
  }

  #append(id: number, position: number, parent: number): number {
    const index = this.#ids.push(id) - 1;
    this.#positions.push(position);
    this.#parents.push(parent);
    this.#chain &&= parent === index - 1;
    const siblings = this.#next.get(parent) ?? new Map<number, number>();
    this.#next.set(parent, siblings.set(id, index));
    return index;
  }
}

/**
 * What is added to the attention scores of tokens `from`…`to − 1` over tokens 0…`to − 1`, [to − from, to] float32: 0 for a token
 * itself and its ancestors, −∞ for the others. Tokens after it are masked by the attention itself.
 */
export function attentionBias({ parents, chain }: Pack, from: number, to: number): Float32Array {
  const bias = new Float32Array((to - from) * to);
  if (chain) return bias;
  for (let index = from; index < to; index++) {
    const row = bias.subarray((index - from) * to, (index - from + 1) * to);
    row.fill(-Infinity, 0, index);
    for (let seen = index; seen >= 0; seen = parents[seen]!) row[seen] = 0;
  }
  return bias;
}
