import { openPage } from "../tests/browser/browser.ts";
import { median } from "./statistics.ts";

/** How long a prompt's picture takes to come, from the Enter key, in milliseconds; medians. */
export interface FillFigures {
  readonly tokens: number;
  /** Until the frame of the screen after the first position's cells were there. */
  readonly firstColumn: number;
  /** The same for the last position's. */
  readonly whole: number;
}

interface Post {
  (path: string, body: unknown): Promise<{ readonly text: string }>;
}

/** Types prompts that nothing is known of, one after another. @param layers of the model */
export async function fillTimes(
  url: string,
  post: Post,
  lengths: readonly number[],
  layers: number,
  reps: number,
): Promise<FillFigures[]> {
  await using opened = await openPage(url, { viewport: { width: 1280, height: 720 } });
  const { page } = opened;
  await page.locator('[data-phase="done"]').waitFor();
  const runs = lengths.map((tokens) => ({ tokens, first: [] as number[], whole: [] as number[] }));
  // One length after another: the rows that are counted tell a picture from the one before.
  for (let rep = 0; rep < reps; rep++) {
    for (const [at, run] of runs.entries()) {
      const prompt = await promptOf(run.tokens, WORDS[(rep * lengths.length + at) % WORDS.length]!, post);
      await page.getByLabel("Prompt").fill(prompt);
      const times = page.evaluate<{ first: number; whole: number }>(watchScript(layers, run.tokens * layers));
      await page.getByLabel("Prompt").press("Enter");
      const { first, whole } = await times;
      run.first.push(first);
      run.whole.push(whole);
    }
  }
  return runs.map(({ tokens, first, whole }) => ({ tokens, firstColumn: median(first), whole: median(whole) }));
}

/** Each begins its prompts with another word, so that no prompt's beginning is known from the one before. */
const WORDS = "Tom Lily Once The One She He They It There When Mom Dad Ben Sue Max Sam Anna Tim Mia".split(" ");

/** A prompt of exactly so many tokens. */
async function promptOf(tokens: number, first: string, post: Post): Promise<string> {
  let words = tokens - 2;
  for (let tries = 0; tries < 5; tries++) {
    const prompt = first + " dog and cat".repeat(tokens).split(" ").slice(0, words + 1).join(" ");
    const { text } = await post("/probe", { prompt, layers: [0], top_k: 0, statistics: [], cache: false });
    const { usage } = JSON.parse(text) as { usage: { prompt_tokens: number } };
    if (usage.prompt_tokens === tokens) return prompt;
    words += tokens - usage.prompt_tokens;
  }
  throw new Error(`no prompt of ${tokens} tokens was found`);
}

/** Waits for Enter, then looks at every frame how far the picture is. */
function watchScript(first: number, rows: number): string {
  return `new Promise((resolve) => {
    addEventListener("keydown", () => {
      const began = performance.now();
      let firstAt;
      const look = (now) => {
        const [, done, all] = /^(\\d+) of (\\d+) rows/.exec(document.querySelector(".counts").textContent) ?? [];
        const isWhole = document.querySelector('[data-phase="done"]') !== null;
        if (Number(all) === ${rows}) {
          if (done >= ${first}) firstAt ??= now - began;
          if (Number(done) === ${rows} && isWhole) return resolve({ first: firstAt, whole: now - began });
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  })`;
}
