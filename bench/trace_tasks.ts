/** What is read of an event of a browser's trace (Trace Event Format). */
interface TraceEvent {
  readonly name: string;
  /** "X" for what has a length. */
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in microseconds. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Processor time in milliseconds of the longest task of a page's main thread. @param trace of the category "toplevel" */
export function longestTask(trace: Uint8Array): number {
  const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as { traceEvents: readonly TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const isName = ({ name, args }: TraceEvent) => name === "thread_name" && args.name === "CrRendererMain";
  const pages = new Set(traceEvents.filter(isName).map(threadOf));
  const tasks = traceEvents.filter((event) => event.ph === "X" && pages.has(threadOf(event)));
  if (tasks.length === 0) throw new Error("the trace has no task of a page");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}
