/**
 * Follows one token through the layers, as bars: where does the model make up its mind, by two lenses.
 *
 *     deno run --allow-net --allow-env examples/follow_a_token.ts " Lily"
 *     node examples/follow_a_token.ts " Lily"            (Node.js 22.18 and later)
 */
import process from "node:process";
import { Midstream } from "../clients/typescript/midstream.ts";

const token = process.argv[2] ?? " Lily";
const lab = new Midstream(process.env.MIDSTREAM_URL ?? "http://127.0.0.1:8000");

// Frames come as they are computed; the tracked token is in each, whether or not it is among the likeliest.
const frames = lab.stream("Once upon a time, there was a little girl named", {
  lenses: ["logit", "tuned"],
  track: [token],
  top_k: 0,
});
for await (const frame of frames) {
  if (frame.type !== "readout") continue;
  const { prob, rank } = frame.tracked[0]!;
  const bar = "█".repeat(Math.round(prob * 100));
  console.log(`${frame.lens.padEnd(5)} ${frame.layer}  rank ${String(rank).padStart(4)}  ${prob.toFixed(3)} ${bar}`);
}
