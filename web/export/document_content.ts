import { ExportFault } from "../formats/export_fault.ts";
import type { Found } from "../formats/found.ts";
import { type Imported, ImportFault } from "../formats/imported.ts";
import { parseJson } from "../formats/parse_json.ts";
import { probeJson } from "../formats/probe_json.ts";
import { promptTitle } from "../formats/prompt_title.ts";
import { readProbeJson } from "../formats/read_probe_json.ts";
import type { Picture } from "../state/picture.ts";
import { fragmentOf, type Question, questionOf } from "../state/question.ts";
import type { ModelInfo, StatisticInfo } from "../state/service.ts";
import { dataOf } from "./data_of.ts";
import { readPictureData } from "./read_picture_data.ts";

/** What a document shows, and how it is looked at first. */
export interface DocumentContent {
  readonly imported: Imported;
  readonly question: Question;
  readonly statistics: readonly StatisticInfo[];
  readonly model: ModelInfo | null;
}

interface Written {
  readonly picture: Picture;
  readonly question: Question;
  readonly statistics: readonly StatisticInfo[];
  readonly model: ModelInfo | null;
}

/** Another form gets another number. */
const FORM = 1;

/** A picture as JSON: as POST /probe answers it; where it is another tool's, or not whole, what there is of it. */
export function writeContent({ picture, question, statistics, model }: Written): string {
  // The site stands beside the question: another tool's place is in no link.
  const looked = { question: fragmentOf(question), site: question.site };
  return JSON.stringify({ midstream_document: FORM, ...looked, statistics, model, ...answerOf(picture) });
}

function answerOf(picture: Picture): object {
  try {
    return { probe: probeJson(picture) };
  } catch (error) {
    if (!(error instanceof ExportFault)) throw error;
    return { picture: dataOf(picture) };
  }
}

/** @throws {ImportFault} */
export function readContent(text: string): DocumentContent {
  const content = parseJson(text, "the document's data");
  const form = content.member("midstream_document").integer(1, Number.MAX_SAFE_INTEGER);
  if (form !== FORM) throw new ImportFault(`the document has form ${form}; form ${FORM} would be right`);
  const question = questionOf(content.member("question").text());
  const site = content.member("site").text() as Question["site"];
  return {
    imported: imported(content),
    question: { ...question, site },
    statistics: content.member("statistics").value as readonly StatisticInfo[],
    model: content.member("model").value as ModelInfo | null,
  };
}

function imported(content: Found): Imported {
  const format = "Midstream, HTML document";
  if (content.has("probe")) return { ...readProbeJson(content.member("probe")), format };
  const data = readPictureData(content.member("picture"));
  const title = promptTitle(data.tokens.map(({ text }) => text), "prompt");
  return { format, prompts: [{ title, data }], notes: [] };
}
