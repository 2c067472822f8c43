import { useEffect, useReducer, useState } from "preact/hooks";
import { type LensInfo, type Problem, ProblemError } from "../../clients/typescript/midstream.ts";
import type { ModelInfo, Service } from "./service.ts";

/** What the service has: the model and the lenses. Asked again until it answers, and after it was away. */
export function useServed(service: Service, away: boolean) {
  const [model, setModel] = useState<ModelInfo | null>(null);
  const [lenses, setLenses] = useState<readonly LensInfo[]>([]);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [asked, refresh] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (away) return;
    let timer: ReturnType<typeof setTimeout> | undefined, over = false;
    async function ask() {
      try {
        const [model, lenses] = await Promise.all([service.model(), service.lenses()]);
        if (over) return;
        setModel(model);
        setLenses(lenses);
        setRefused(null);
      } catch (error) {
        if (over) return;
        // Without a key, asking on would be an attack.
        if (error instanceof ProblemError && error.retryAfter === undefined) setRefused(error.problem);
        else timer = setTimeout(ask, 2000);
      }
    }
    ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [service, away, asked]);
  return { model, lenses, refused, refresh: () => refresh(undefined) };
}
