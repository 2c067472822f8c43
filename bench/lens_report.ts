import { besideTable } from "./report.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";
import type { CombinedFigures, TunedFigures } from "./tuned.ts";
import type { TransferFigures, UploadFigures } from "./upload.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

export function tunedReport(figures: TunedFigures): string {
  const { model, rows, service, beside, failed, translator: { tunedMs, logitMs, added, share, arithmetic } } = figures;
  const all = (pick: (block: TunedFigures["service"][number]) => readonly number[]) =>
    median(service.flatMap(pick)).toFixed(1);
  return [
    `### ${model}, W3`,
    "",
    `Service: ${all(({ wallMs }) => wallMs)} ms, of it forward ${all(({ forwardMs }) => forwardMs)}, ` +
    `lens ${all(({ lensMs }) => lensMs)}; ${rows} rows; ` +
    `others used up to ${Math.max(...service.map(({ otherCores }) => otherCores)).toFixed(2)} cores`,
    `Translator: lens ${tunedMs.toFixed(1)} ms, the logit lens of the same states ${logitMs.toFixed(1)} ms: ` +
    `${percent(added)} on top of the head; ${percent(share)} of the whole, ${percent(arithmetic)} of the arithmetic`,
    ...(beside.length === 0 ? [] : ["", besideTable(figures)]),
    ...failed.map((line) => `skipped ${line}`),
    "",
  ].join("\n");
}

export function combinedReport({ oneMs, threeMs, ratio }: CombinedFigures): string {
  return `Logit, tuned and Jacobian lens of the demo: one probe ${oneMs.toFixed(1)} ms, three ${
    threeMs.toFixed(1)
  } ms, ` +
    `ratio ${ratio.toFixed(2)}`;
}

export function uploadReport({ bytes, uploads, download }: UploadFigures): string {
  const cells = (run: TransferFigures) => [
    run.seconds.toFixed(1),
    run.perSecond.toFixed(0),
    run.growthMb.toFixed(0),
    run.slowestLivezMs.toFixed(1),
    run.load.toFixed(1),
  ];
  return table(
    [`${bytes} bytes`, "s", "MB/s", "growth MB", "slowest /livez ms", "load", "dd s", "sha256sum s", "share of both"],
    [
      ...uploads.map((run) => [
        `upload, ${run.sized ? "Content-Length" : "chunked"}`,
        ...cells(run),
        run.ddSeconds.toFixed(1),
        run.sumSeconds.toFixed(1),
        percent(run.share),
      ]),
      ["download", ...cells(download), "", "", ""],
    ],
  );
}
