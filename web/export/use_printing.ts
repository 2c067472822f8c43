import { useEffect, useRef } from "preact/hooks";
import type { Kept } from "./kept.ts";
import { removeSheet, sheetOf } from "./on_paper.tsx";
import { PAGE_FORM } from "./paper.ts";

/** When the browser prints by itself, what is shown is on paper in time. Charts have the width that they have at first. */
export function usePrinting(kept: Kept): void {
  const latest = useRef(kept);
  latest.current = kept;
  useEffect(() => {
    let sheet: HTMLElement | null = null;
    function begin() {
      if (sheet !== null || document.querySelector(".paper.printed") !== null || !latest.current.shown.picture.begun) {
        return;
      }
      sheet = sheetOf(latest.current, PAGE_FORM);
      sheet.classList.add("printed");
    }
    function end() {
      if (sheet !== null) removeSheet(sheet);
      sheet = null;
    }
    const media = matchMedia("print");
    const onChange = () => media.matches ? begin() : end();
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    media.addEventListener("change", onChange);
    return () => {
      end();
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
      media.removeEventListener("change", onChange);
    };
  }, []);
}
