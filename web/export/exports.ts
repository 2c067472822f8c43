import { ExportFault } from "../formats/export_fault.ts";
import { writeLogitlens } from "../formats/logitlens_write.ts";
import { probeCsv } from "../formats/probe_csv.ts";
import { probeJson } from "../formats/probe_json.ts";
import { promptText } from "../text/prompt_text.ts";
import { writeContent } from "./document_content.ts";
import { documentPage } from "./document_page.ts";
import type { Kept } from "./kept.ts";
import { pageSource } from "./page_source.ts";
import { pngOfSvg } from "./png_of_svg.ts";
import { seedCsv } from "./seed_csv.ts";
import { svgOfView } from "./svg_of_view.ts";

/** A way to keep what is shown. */
export interface Export {
  readonly title: string;
  /** What it is for. */
  readonly hint: string;
  readonly ending: string;
  readonly type: string;
  /** Why there is nothing to write, told before anybody asks for it. */
  readonly lacks?: (kept: Kept) => string | null;
  /** @throws {ExportFault} */
  readonly write: (kept: Kept) => string | Blob | Promise<string | Blob>;
}

/** In the order of the menu. */
export const EXPORTS: readonly Export[] = [
  {
    title: "JSON",
    hint: "the answer of /probe; can be opened here",
    ending: "json",
    type: "application/json",
    lacks: ({ shown: { picture: { frames } } }) => {
      if (frames.length === 0) return "only what the service answered can be written as its answer";
      return frames.at(-1)!.type === "end" ? null : "the answer has not come to its end: run it again";
    },
    write: ({ shown: { picture } }) => `${JSON.stringify(probeJson(picture), null, 1)}\n`,
  },
  {
    title: "CSV",
    hint: "a tidy table, a row a token",
    ending: "csv",
    type: "text/csv",
    write: ({ shown: { picture } }) => probeCsv(picture),
  },
  {
    title: "Seed CSV",
    hint: "the last position as DanYuDE/Research-Project writes it; can be opened here",
    ending: "seed.csv",
    type: "text/csv",
    lacks: (kept) => {
      const fault = faultOf(() => seedCsv(kept));
      const canAsk = kept.shown.service !== null && kept.view.name !== "last";
      return fault !== null && canAsk ? `${fault}; the view Last position has it` : fault;
    },
    write: seedCsv,
  },
  {
    title: "V2 JSON",
    hint: "of logitlenskit and nnsightful: tokens are their texts alone; can be opened here",
    ending: "v2.json",
    type: "application/json",
    write: logitlensJson,
  },
  {
    title: "SVG",
    hint: "the view as a drawing, with its caption and legend",
    ending: "svg",
    type: "image/svg+xml",
    write: async (kept) => (await svgOfView(kept)).svg,
  },
  {
    title: "PNG",
    hint: "the view as a picture, two dots a pixel",
    ending: "png",
    type: "image/png",
    write: async (kept) => await pngOfSvg(await svgOfView(kept)),
  },
  {
    title: "HTML",
    hint: "one file that opens anywhere, without a service; can be opened here",
    ending: "html",
    type: "text/html",
    write: async (kept) => {
      const { picture, question, statistics, model } = kept.shown;
      const content = writeContent({ picture, question, statistics, model });
      return documentPage(`${promptText(picture).slice(0, 60)} · Midstream`, content, await pageSource());
    },
  },
];

function logitlensJson({ shown: { picture, question } }: Kept): string {
  return `${JSON.stringify(writeLogitlens(picture, question, new Date()).file)}\n`;
}

function faultOf(write: () => unknown): string | null {
  try {
    write();
    return null;
  } catch (error) {
    if (error instanceof ExportFault) return error.message;
    throw error;
  }
}
