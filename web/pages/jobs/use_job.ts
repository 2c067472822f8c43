import { useEffect, useReducer, useState } from "preact/hooks";
import type { Service } from "../../state/service.ts";
import { pause, secondsUntilAgain, type Trouble, troubleOf } from "../../state/trouble.ts";
import { type Job, jobPath } from "./job.ts";

type Frame = { readonly type: "progress" | "end"; readonly job: Job } | { readonly type: "ping" };

export interface FollowedJob {
  readonly job: Job | null;
  readonly trouble: Trouble | null;
  /** Seconds until it is asked again; null: it is not. */
  readonly again: number | null;
  /** Follows it anew. */
  readonly refresh: () => void;
}

/**
 * A job as the service tells of it until it has ended; followed again after the service was away.
 * @param id null: there is none to follow
 */
export function useJob(service: Service, id: string | null): FollowedJob {
  const [state, setState] = useState<Omit<FollowedJob, "refresh">>({ job: null, trouble: null, again: null });
  const [asked, refresh] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    setState(({ job }) => ({ job: job?.id === id ? job : null, trouble: null, again: null }));
    async function follow(id: string) {
      while (!signal.aborted) {
        const trouble = await followOnce(service, id, signal, (job) => setState({ job, trouble: null, again: null }));
        if (signal.aborted || trouble === null) return;
        const again = secondsUntilAgain(trouble);
        setState(({ job }) => ({ job, trouble, again }));
        if (again === null) return;
        await pause(again, signal);
      }
    }
    if (id !== null) void follow(id);
    return () => stop.abort();
  }, [service, id, asked]);
  return { ...state, refresh: () => refresh(undefined) };
}

/** Null: it has ended, and all is told. */
async function followOnce(
  service: Service,
  id: string,
  signal: AbortSignal,
  tell: (job: Job) => void,
): Promise<Trouble | null> {
  try {
    for await (const frame of service.frames<Frame>(`${jobPath(id)}/events`, { signal })) {
      if (frame.type === "ping") continue;
      tell(frame.job);
      if (frame.type === "end") return null;
    }
    return { problem: null, seconds: null };
  } catch (error) {
    return troubleOf(error);
  }
}
