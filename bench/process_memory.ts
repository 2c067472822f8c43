import { processTree, read } from "./machine.ts";

/** Bytes of one process that lie in memory; NaN where the system does not tell, or the process has ended. */
export const resident = (pid: number) => field(`/proc/${pid}/status`, "VmRSS");
/** The most it was since `5` was written to clear_refs. */
export const highest = (pid: number) => field(`/proc/${pid}/status`, "VmHWM");
/** Pages that several processes share counted in parts. */
export const proportional = (pid: number) => field(`/proc/${pid}/smaps_rollup`, "Pss");

/** Bytes of a process and of all that descend from it, those left out that end meanwhile. */
export function residentTree(pid: number): number {
  return processTree(pid).map(resident).reduce((sum, bytes) => sum + (Number.isNaN(bytes) ? 0 : bytes), 0);
}

/** The highest marks of a process and of all that descend from it, added up. */
export function highestTree(pid: number): number {
  return processTree(pid).map(highest).reduce((sum, bytes) => sum + (Number.isNaN(bytes) ? 0 : bytes), 0);
}

/** Sets the highest marks back to the present. */
export function resetHighest(pid: number): void {
  for (const one of processTree(pid)) Deno.writeTextFileSync(`/proc/${one}/clear_refs`, "5");
}

/** A line `Name:  1234 kB` in bytes. */
function field(path: string, name: string): number {
  const [, kib] = read(path)?.match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m")) ?? [];
  return Number(kib ?? NaN) * 1024;
}
