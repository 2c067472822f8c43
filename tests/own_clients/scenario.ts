import type * as Client from "../../clients/typescript/midstream.ts";

/**
 * What a person does with the client, the same in every runtime: it names nothing but the client and the web's own.
 * @param lens a lens file, and the id to register it under
 */
export async function scenario(
  { Midstream, ProblemError }: typeof Client,
  url: string,
  lens: { readonly file: Blob; readonly id: string },
) {
  const prompt = "Once upon a time, there was a little girl named";
  const lab = new Midstream(url);
  const { rows, tokens, usage, warnings } = await lab.probe(prompt, {
    lenses: ["logit", "tuned"],
    sites: ["attn_out", "resid_post"],
    layers: [0, -1],
    positions: [3, -1],
    top_k: 2,
    track: [" Lily"],
    statistics: ["entropy", "next_rank", "agrees_against"],
    against: "jacobian",
  });

  const frames: string[] = [];
  for await (const frame of lab.stream(prompt, { positions: "all" })) {
    frames.push(frame.type);
    if (frames.length === 20) break;
  }

  const asked = { sites: ["resid_mid", "mlp_out", "resid_post"], positions: [-2, -1], logits: true } as const;
  const { positions, input_ids, tensors } = await lab.activations(prompt, {
    ...asked,
    sites: [...asked.sites],
    positions: [...asked.positions],
  });
  const shapes = [...tensors].map(([name, { shape, data }]) => ({ name, shape, length: data.length }));
  const states = ["resid_mid.0", "mlp_out.0", "resid_post.0"].map((name) => Array.from(tensors.get(name)!.data));

  const sent: number[] = [];
  const info = await lab.uploadLens(lens.id, lens.file, { note: "from a test", shared: false }, {
    progress: (bytes) => sent.push(bytes),
  });

  const refusal = await lab.probe(prompt, { layers: [99] }).catch((error) => {
    if (!(error instanceof ProblemError)) throw error;
    return { message: error.message, problem: error.problem };
  });
  return { rows, tokens, usage, warnings, frames, positions, input_ids, shapes, states, sent, info, refusal };
}

export type Outcome = Awaited<ReturnType<typeof scenario>>;
