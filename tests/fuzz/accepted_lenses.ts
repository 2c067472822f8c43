import { type NamedArray, npzOf, numbers, safetensorsOf } from "../../lens/files/fixtures/small_files.ts";
import { GOLDEN } from "../service/golden_files.ts";

/** The model that {@link acceptedLenses} fit: width 48, four blocks. */
export const FITTING_MODEL = `${GOLDEN}/architectures/llama-mha-untied`;
const [WIDTH, BLOCKS] = [48, 4];

const FILES = [
  ...["archive-prefix", "bf16", "fp16", "fp32", "shared-storage", "transposed"].map((name) =>
    `tuned/${name}/params.pt`
  ),
  "tuned/safetensors/params.safetensors",
  ...["all-layers", "fitted", "sparse-layers"].map((name) => `jacobian/${name}.pt`),
];

/** Files of every container and dialect that the service takes for {@link FITTING_MODEL}. */
export async function acceptedLenses(): Promise<Uint8Array<ArrayBuffer>[]> {
  const metadata = { jlenskit_meta: JSON.stringify({ n_layers: BLOCKS }) };
  const mlxterp = pairs((at) => `translators_${at}_weight`, (at) => `translators_${at}_bias`);
  return [
    ...await Promise.all(FILES.map((file) => Deno.readFile(`${GOLDEN}/lenses/${file}`))),
    npzOf(mlxterp),
    npzOf(mlxterp, true),
    safetensorsOf(pairs((at) => `A_${at}`, (at) => `b_${at}`), metadata),
    safetensorsOf([1, 2].map((at) => array(`J_${at}`, [WIDTH, WIDTH], at)), metadata),
    safetensorsOf([0, 1].map((at) => array(`J.${at}`, [WIDTH, WIDTH], at)), {
      n_prompts: "3",
      source_layers: "[0, 1]",
    }),
  ];
}

function pairs(weight: (at: number) => string, bias: (at: number) => string): NamedArray[] {
  return [0, 1].flatMap((at) => [array(weight(at), [WIDTH, WIDTH], at), array(bias(at), [WIDTH], at)]);
}

function array(name: string, shape: number[], at: number): NamedArray {
  return { name, shape, values: numbers(shape.reduce((product, size) => product * size, 1), at) };
}
