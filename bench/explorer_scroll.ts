import type { Page } from "playwright-core";
import { openPage } from "../tests/browser/browser.ts";
import { madeStream } from "../tests/browser/made_stream.ts";
import { quantile } from "./statistics.ts";
import { longestTask } from "./trace_tasks.ts";

/** A way to scroll, one step a frame. */
export interface ScrollCase {
  readonly name: string;
  /** Size of cells. */
  readonly zoom: "text" | "narrow" | "colour";
  readonly axis: "scrollLeft" | "scrollTop";
  /** CSS pixels a frame; null: to another place of the whole every time. */
  readonly step: number | null;
}

export const SCROLL_CASES: readonly ScrollCase[] = [
  { name: "sideways, 60 px a frame", zoom: "text", axis: "scrollLeft", step: 60 },
  { name: "sideways, 400 px a frame", zoom: "text", axis: "scrollLeft", step: 400 },
  { name: "anywhere every frame", zoom: "text", axis: "scrollLeft", step: null },
  { name: "up and down, 40 px a frame", zoom: "text", axis: "scrollTop", step: 40 },
  { name: "narrow cells, 400 px a frame", zoom: "narrow", axis: "scrollLeft", step: 400 },
  { name: "colours only, 400 px a frame", zoom: "colour", axis: "scrollLeft", step: 400 },
];

/** Frames of the screen while scrolling, and until the grid is at rest again; in milliseconds. */
export interface ScrollFigures {
  readonly name: string;
  readonly frames: number;
  readonly median: number;
  readonly p99: number;
  readonly most: number;
  /** Processor time of the page's longest task: what a frame costs where nothing else runs. */
  readonly mostCpu: number;
  /** Elements below the grid, at most. */
  readonly elements: number;
}

/** What a picture of 4,096 positions and 32 layers costs in the browser. */
export interface LongPictureFigures {
  /** From opening the page until the last of its cells is there. */
  readonly filledMs: number;
  /** MiB of JavaScript's heap after a collection. */
  readonly heapMb: number;
  readonly scrolls: readonly ScrollFigures[];
}

const FRAMES = 240;
/** Frames after the last step: elements are made when scrolling rests. */
const AFTER = 30;

/** Scrolls a made-up picture of 4,096 × 32 cells in every way. @param url of a service */
export async function scrollLongPicture(url: string, cases = SCROLL_CASES): Promise<LongPictureFigures> {
  await using opened = await openPage("about:blank", { viewport: { width: 1280, height: 720 } });
  const { page } = opened;
  await page.addInitScript(madeStream({ tokens: 4096, layers: 32, top: 10 }));
  const began = performance.now();
  await page.goto(url);
  await page.locator('[data-phase="done"]').waitFor({ timeout: 120_000 });
  const filledMs = performance.now() - began;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const scrolls: ScrollFigures[] = [];
  for (const scroll of cases) scrolls.push(await measure(page, scroll));
  return { filledMs, heapMb: usedSize / 2 ** 20, scrolls };
}

async function measure(page: Page, { name, zoom, axis, step }: ScrollCase): Promise<ScrollFigures> {
  await page.getByLabel("Cells").selectOption(zoom);
  await page.waitForTimeout(1000);
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ["toplevel"] });
  const { times, elements } = await page.evaluate<{ times: number[]; elements: number }>(scrollScript(axis, step));
  const mostCpu = longestTask(await browser.stopTracing());
  const [median, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  return { name, frames: times.length, median, p99, most: Math.max(...times), mostCpu, elements };
}

/** Scrolls once a frame to and fro, and gives the lengths of frames in milliseconds. */
function scrollScript(axis: ScrollCase["axis"], step: number | null): string {
  return `new Promise((resolve) => {
    const grid = document.querySelector('[role="grid"]');
    const end = ${
    axis === "scrollLeft" ? "grid.scrollWidth - grid.clientWidth" : "grid.scrollHeight - grid.clientHeight"
  };
    const next = (at) => ${
    step === null
      ? "(Math.imul(at, 2654435761) >>> 0) % end"
      : `Math.floor(at * ${step} / end) % 2 === 0 ? at * ${step} % end : end - at * ${step} % end`
  };
    const times = [];
    let before, elements = 0;
    const frame = (now) => {
      if (before !== undefined) times.push(now - before);
      before = now;
      if (times.length % 10 === 0) elements = Math.max(elements, grid.querySelectorAll("*").length);
      if (times.length <= ${FRAMES}) grid.${axis} = next(times.length);
      else if (times.length > ${FRAMES + AFTER}) return resolve({ times, elements });
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`;
}
