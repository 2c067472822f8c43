import type { ProbeOptions } from "../../../clients/typescript/midstream.ts";
import { differencesOf } from "../../colours/difference.ts";
import { SITES } from "../../state/question.ts";
import { cellStatistics } from "../cell_statistics.ts";
import type { Shown, View } from "../view.ts";
import { Beside } from "./beside.tsx";
import type { Side } from "./side.ts";

export const COMPARE: View = {
  name: "compare",
  title: "Compare",
  controls: ({ beside }) =>
    beside === "sites"
      ? ["chat", "beside", "lens", "colour", "zoom", "stride"]
      : ["chat", "beside", "lens", "against", "site", "colour", "difference", "zoom", "stride"],
  probe({ beside, lens, against, site, colour }): ProbeOptions {
    if (beside === "sites") {
      return { lenses: [lens], sites: [...SITES], positions: "all", statistics: cellStatistics(colour) };
    }
    const statistics = cellStatistics(colour, ["output_surprisal"]);
    const compared: ProbeOptions = lens === against ? { lenses: [lens] } : { lenses: [lens, against], against };
    return { ...compared, sites: [site], positions: "all", statistics };
  },
  Show: CompareView,
};

/** Two lenses at one site and how they differ, or all sites by one lens: grids that are scrolled and pointed at as one. */
function CompareView(shown: Shown) {
  const { question, statistics } = shown;
  const { beside, lens, against, site } = question;
  if (beside === "sites") {
    const sides = SITES.map((site): Side => ({ title: site, reading: { lens, site } }));
    return <Beside {...shown} sides={sides} difference={null} notice={null} />;
  }
  const sides = [lens, against].map((lens): Side => ({ title: `${lens} lens`, reading: { lens, site } }));
  const all = differencesOf(statistics);
  const difference = all.find(({ name }) => name === question.difference) ?? all[0]!;
  const same = `Both sides are the ${lens} lens. Choose another one to hold it against.`;
  return lens === against
    ? <Beside {...shown} sides={sides.slice(0, 1)} difference={null} notice={same} />
    : <Beside {...shown} sides={sides} difference={difference} notice={null} />;
}
