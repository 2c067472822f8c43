import type { Precision } from "../model/engine/precision.ts";
import { withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import { startServiceProcess, untilReady } from "./service_process.ts";
import { table } from "./table.ts";
import { lastPosition, peakWhile } from "./whole.ts";

/** A prompt as long as the model's context, or 4,096 tokens; 10⁶ bytes. */
export interface LongFigures {
  readonly model: string;
  readonly precision: Precision;
  readonly tokens: number;
  readonly idleMb: number;
  readonly peakMb: number;
  readonly seconds: number;
}

const LONGEST = 4096;

export function long(model: BenchModel, precision: Precision, data: string | undefined): Promise<LongFigures> {
  return withData(data, async (folder) => {
    await using service = await startServiceProcess(model.folder, folder, ["--precision", precision]);
    await untilReady(service, 1800);
    const { vocabulary, context } = await (await fetch(`${service.url}/model`)).json();
    await service.post("/probe", lastPosition(16, vocabulary));
    const tokens = Math.min(LONGEST, context);
    const peak = await peakWhile(service, () => service.post("/probe", lastPosition(tokens, vocabulary)));
    return { model: model.name, precision, tokens, ...peak };
  });
}

export function longReport(figures: readonly LongFigures[]): string {
  return table(
    ["a long prompt", "tokens", "s", "idle MB", "peak MB", "above idle MB"],
    figures.map(({ model, precision, tokens, seconds, idleMb, peakMb }) => [
      `${model} ${precision}`,
      `${tokens}`,
      seconds.toFixed(1),
      idleMb.toFixed(0),
      peakMb.toFixed(0),
      (peakMb - idleMb).toFixed(0),
    ]),
  );
}
