import { useState } from "preact/hooks";
import { ExportFault } from "../formats/export_fault.ts";
import type { Shown, View } from "../views/view.ts";
import { copyText } from "./copy_text.ts";
import { type Export, EXPORTS } from "./exports.ts";
import { nameOf } from "./kept.ts";
import { PAGE_FORM } from "./paper.ts";
import { onPaper } from "./on_paper.tsx";
import { saveFile } from "./save_file.ts";
import { usePrinting } from "./use_printing.ts";
import { useMenu } from "./use_menu.ts";

interface Props {
  readonly view: View;
  readonly shown: Shown;
  /** The page's link leads here again. */
  readonly isLive: boolean;
  /** More of it is on its way. */
  readonly isBusy: boolean;
}

/** Ways to keep what is shown. */
export function ExportMenu({ view, shown, isLive, isBusy }: Props) {
  const kept = { view, shown };
  usePrinting(kept);
  const menu = useMenu();
  const [said, setSaid] = useState("");
  const [working, setWorking] = useState(false);
  const isEmpty = shown.picture.rows === 0;

  async function keep(title: string, work: () => Promise<string>) {
    // One after another. A button that is disabled loses the focus, and whoever has no mouse the menu.
    if (working) return;
    setWorking(true);
    setSaid("");
    try {
      setSaid(await work());
    } catch (error) {
      setSaid(`${title}: ${error instanceof ExportFault ? error.message : "it could not be made here"}`);
      if (!(error instanceof ExportFault)) console.error(error);
    } finally {
      setWorking(false);
    }
  }
  const save = ({ title, ending, type, write }: Export) =>
    keep(title, async () => {
      const content = await write(kept), name = nameOf(kept, ending);
      saveFile(name, new Blob([content], { type }));
      return `Kept as ${name}`;
    });
  const copy = () =>
    keep("Link", async () => await copyText(location.href) ? "The link is copied" : "The link is the page's address");
  const print = () =>
    keep("Print", () =>
      onPaper(kept, PAGE_FORM, (sheet) => {
        sheet.classList.add("printed");
        globalThis.print();
        return "";
      }));

  return (
    <div class="export" ref={menu.element} onKeyDown={menu.onKeyDown}>
      <button
        type="button"
        ref={menu.button}
        aria-expanded={menu.isOpen}
        disabled={isBusy || isEmpty}
        title={isBusy ? "When all of it has come, or it is stopped" : isEmpty ? "There is nothing to keep yet" : ""}
        onClick={menu.toggle}
      >
        Export
      </button>
      {menu.isOpen && !isBusy && (
        <ul class="exports" aria-label="Export">
          {isLive && (
            <li>
              <button type="button" aria-disabled={working} onClick={copy}>Copy link</button>
              <span>leads to this picture; the prompt is in it</span>
            </li>
          )}
          {EXPORTS.map((way) => {
            const lacks = way.lacks?.(kept) ?? null;
            return (
              <li key={way.title}>
                <button type="button" aria-disabled={working} disabled={lacks !== null} onClick={() => save(way)}>
                  {way.title}
                </button>
                <span class={lacks === null ? undefined : "lacks"}>{lacks ?? way.hint}</span>
              </li>
            );
          })}
          <li>
            <button type="button" aria-disabled={working} onClick={print}>Print</button>
            <span>the view on paper, with its caption and legend</span>
          </li>
        </ul>
      )}
      <p aria-live="polite" class="said">{working ? "Making it…" : said}</p>
    </div>
  );
}
