import { readJson } from "./golden_files.ts";
import { readSafetensors, type Tensor } from "./safetensors.ts";
import type { Scored } from "./worst.ts";

/** lm_head(norm(x)) in float64, written from the definition in numerics.md and of nothing that the service uses. */
export class ReferenceHead {
  private constructor(
    readonly gain: Float64Array,
    readonly unembedding: Tensor,
    readonly eps: number,
  ) {}

  static of(folder: string): ReferenceHead {
    const tensors = new Map<string, Tensor>();
    for (const { name } of Deno.readDirSync(folder)) {
      if (!/^model.*\.safetensors$/.test(name)) continue;
      const file = readSafetensors(`${folder}/${name}`);
      for (const tensor of file.names) tensors.set(tensor, file.get(tensor));
    }
    const { rms_norm_eps: eps } = readJson<{ rms_norm_eps: number }>(`${folder}/config.json`);
    if (eps === undefined) throw new Error(`${folder} is not a model`);
    const unembedding = tensors.get("lm_head.weight") ?? tensors.get("model.embed_tokens.weight")!;
    return new ReferenceHead(tensors.get("model.norm.weight")!.values, unembedding, eps);
  }

  top(state: Float64Array, k: number): Scored[] {
    const [vocabulary, dModel] = this.unembedding.shape as [number, number];
    const meanSquare = state.reduce((sum, x) => sum + x * x, 0) / dModel;
    const normed = state.map((x, i) => (x / Math.sqrt(meanSquare + this.eps)) * this.gain[i]!);
    const logits = Array.from({ length: vocabulary }, (_, id) => {
      let sum = 0;
      for (let i = 0; i < dModel; i++) sum += normed[i]! * this.unembedding.values[id * dModel + i]!;
      return sum;
    });
    const most = Math.max(...logits);
    const logSumExp = most + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - most), 0));
    return logits.map((logit, id) => ({ id, logprob: logit - logSumExp }))
      .sort((a, b) => b.logprob - a.logprob || a.id - b.id).slice(0, k);
  }
}
