import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { Service } from "../../state/service.ts";
import { pause, secondsUntilAgain, type Trouble, troubleOf } from "../../state/trouble.ts";
import type { Job } from "./job.ts";
import { JobResults, type ResultEntry, type ResultItem } from "./job_results.ts";

/** Results of a job as far as they are wanted, and asked for again after the service was away. */
export function useResults(service: Service, id: string, job: Job | null, wanted: number) {
  const results = useMemo(() => new JobResults(service, id), [service, id]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const count = Math.min(job?.id === id ? job.done : 0, wanted);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    async function read() {
      while (!signal.aborted && results.entries.length < count) {
        const trouble = await results.readTo(count, signal).then(() => null, troubleOf);
        if (signal.aborted) return;
        setTrouble(trouble);
        redraw(undefined);
        const again = trouble && secondsUntilAgain(trouble);
        if (again === null) return;
        await pause(again, signal);
      }
    }
    void read();
    return () => stop.abort();
  }, [results, count]);
  return { results, entries: results.entries, trouble };
}

/** A prompt's result; null until it is there. */
export function useResultItem(results: JobResults, entry: ResultEntry | undefined) {
  const [state, setState] = useState<{ readonly item: ResultItem | null; readonly trouble: Trouble | null }>({
    item: null,
    trouble: null,
  });
  useEffect(() => {
    if (entry === undefined) return;
    const stop = new AbortController();
    const { signal } = stop;
    async function read() {
      while (!signal.aborted) {
        try {
          const item = await results.item(entry!, signal);
          if (!signal.aborted) setState({ item, trouble: null });
          return;
        } catch (error) {
          if (signal.aborted) return;
          const trouble = troubleOf(error);
          setState(({ item }) => ({ item, trouble }));
          const again = secondsUntilAgain(trouble);
          if (again === null) return;
          await pause(again, signal);
        }
      }
    }
    void read();
    return () => stop.abort();
  }, [results, entry]);
  return state;
}
