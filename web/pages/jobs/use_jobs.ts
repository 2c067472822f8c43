import { useEffect, useReducer, useState } from "preact/hooks";
import type { Service } from "../../state/service.ts";
import { pause, secondsUntilAgain, type Trouble, troubleOf } from "../../state/trouble.ts";
import { isFinal, type Job } from "./job.ts";

/** Between two looks at jobs that are not done, in seconds. Only the chosen one is followed: a browser has few connections. */
const LOOK_SECONDS = 2;

interface JobPage {
  readonly jobs: readonly Job[];
  readonly cursor: string | null;
}

/** The jobs of the service, newest first, looked at again while some are not done, and after the service was away. */
export function useJobs(service: Service) {
  const [newest, setNewest] = useState<JobPage | null>(null);
  const [older, setOlder] = useState<JobPage | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [asked, refresh] = useReducer((count: number) => count + 1, 0);

  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    async function look() {
      while (!signal.aborted) {
        let seconds = LOOK_SECONDS;
        try {
          const page = await (await service.ask("jobs", { signal })).json() as JobPage;
          setNewest(page);
          setTrouble(null);
          if (page.jobs.every(isFinal)) return;
        } catch (error) {
          if (signal.aborted) return;
          const trouble = troubleOf(error);
          setTrouble(trouble);
          const again = secondsUntilAgain(trouble);
          if (again === null) return;
          seconds = again;
        }
        await pause(seconds, signal);
      }
    }
    void look();
    return () => stop.abort();
  }, [service, asked]);

  const cursor = older === null ? newest?.cursor ?? null : older.cursor;
  async function more() {
    try {
      const page = await (await service.ask(`jobs?cursor=${encodeURIComponent(cursor!)}`)).json() as JobPage;
      setOlder({ jobs: [...older?.jobs ?? [], ...page.jobs], cursor: page.cursor });
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  }
  const first = newest?.jobs ?? [];
  const jobs = [...first, ...(older?.jobs ?? []).filter(({ id }) => first.every((job) => job.id !== id))];
  return {
    jobs,
    /** Has the service said which there are? */
    known: newest !== null,
    trouble,
    refresh: () => {
      setOlder(null);
      refresh(undefined);
    },
    more: cursor === null ? null : more,
  };
}
