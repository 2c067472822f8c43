import { useReducer, useRef, useState } from "preact/hooks";
import { ProbeRun } from "./probe_run.ts";
import type { Service } from "./service.ts";

/** A run whose changes are shown with the next frame of the screen, however many there are. */
export function useProbeRun(service: Service): ProbeRun {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const waits = useRef(false);
  return useState(() =>
    new ProbeRun(service, () => {
      if (waits.current) return;
      waits.current = true;
      requestAnimationFrame(() => {
        waits.current = false;
        redraw(undefined);
      });
    })
  )[0];
}
