/** The shape of a picture that no model has to compute. */
export interface MadeShape {
  readonly tokens: number;
  readonly layers: number;
  /** Tokens listed in every cell. */
  readonly top: number;
}

/**
 * A script for a page that answers its probes with made-up cells, at once: other tokens and numbers in every cell, as
 * many lines as a service would send. Everything else still goes to the service.
 */
export function madeStream(shape: MadeShape): string {
  return `{
    const { tokens, layers, top } = ${JSON.stringify(shape)};
    const WORDS = ["once", " upon", " a", " time", ",", " there", " was", " friendship", " Lily", " extraordinarily"];
    const tokenOf = (id) => ({ id, piece: WORDS[id % 10].replace(" ", "\\u2581"), text: WORDS[id % 10] });
    const chance = (seed) => (Math.imul(seed + 1, 2654435761) >>> 8) / 2 ** 24;
    const topOf = (seed) => Array.from({ length: top }, (_, at) => {
      const prob = chance(seed) / 2 ** at;
      return { ...tokenOf((seed * 7 + at) % 997), logit: 9 - at, logprob: Math.log(prob), prob };
    });
    const column = (position) => [
      { type: "output", position, top: topOf(position), entropy: chance(position) },
      ...Array.from({ length: layers }, (_, layer) => {
        const seed = position * layers + layer;
        const numbers = { entropy: 9 * chance(seed), kl_output_lens: chance(seed), output_rank: 1 + seed % 500 };
        const place = { position, lens: "logit", site: "resid_post", layer };
        return { type: "readout", ...place, top: topOf(seed), tracked: [], ...numbers, warnings: [] };
      }),
    ];
    const start = {
      type: "start",
      model: { id: "made", digest: "sha256:0", precision: "f32" },
      lenses: [{ id: "logit", kind: "logit" }],
      norm: "own",
      tokens: Array.from({ length: tokens }, (_, position) => ({ position, ...tokenOf(position) })),
      layers: Array.from({ length: layers }, (_, layer) => layer),
      rows: tokens * layers,
      warnings: [],
    };
    const timing = { queue_ms: 0, tokenize_ms: 0, forward_ms: 0, lens_ms: 0 };
    const end = { type: "end", usage: { prompt_tokens: tokens, cached_tokens: 0, rows: start.rows }, timing };
    const lines = (frames) => new TextEncoder().encode(frames.map((frame) => JSON.stringify(frame) + "\\n").join(""));
    const body = () => {
      let position = -1;
      return new ReadableStream({
        pull(to) {
          to.enqueue(lines(position < 0 ? [start] : position < tokens ? column(position) : [end]));
          if (position++ === tokens) to.close();
        },
      });
    };
    const ask = globalThis.fetch;
    globalThis.fetch = (input, init) =>
      String(input).endsWith("/probe/stream") ? Promise.resolve(new Response(body())) : ask(input, init);
  }`;
}
