import { render } from "preact";
import type { Kept } from "./kept.ts";
import type { PaperForm } from "./paper.ts";
import { Sheet } from "./sheet.tsx";

/** Charts measure themselves after they are there, and views may ask for what they need. */
const QUIET_MS = 250, MOST_MS = 3000;

/** Draws what is shown on paper, beyond the edge of the page, for as long as it is used. */
export async function onPaper<T>(kept: Kept, form: PaperForm, use: (sheet: HTMLElement) => T): Promise<Awaited<T>> {
  const sheet = sheetOf(kept, form);
  try {
    await quiet(sheet);
    return await use(sheet);
  } finally {
    removeSheet(sheet);
  }
}

/** Beyond the edge, and not there for keyboards and screen readers. */
export function sheetOf(kept: Kept, form: PaperForm): HTMLElement {
  const sheet = document.createElement("div");
  sheet.className = "paper";
  sheet.inert = true;
  document.body.append(sheet);
  render(<Sheet kept={kept} form={form} />, sheet);
  return sheet;
}

export function removeSheet(sheet: HTMLElement): void {
  render(null, sheet);
  sheet.remove();
}

/** Until nothing changes any more. */
function quiet(element: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(end, QUIET_MS);
    const latest = setTimeout(end, MOST_MS);
    const changes = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(end, QUIET_MS);
    });
    function end() {
      changes.disconnect();
      clearTimeout(timer);
      clearTimeout(latest);
      resolve();
    }
    changes.observe(element, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}
