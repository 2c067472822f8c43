import { join } from "node:path";

/** What this process may use. */
export interface MachineMemory {
  /** Bytes that can be taken now without swapping or being killed. */
  readonly availableBytes: number;
  /** Where the number comes from, for people. */
  readonly source: string;
}

/** Reads a small text file, null where there is none. */
export type ReadText = (path: string) => string | null;

const CGROUP_ROOT = "/sys/fs/cgroup";

/** The cgroup's limit where there is one below the machine's own memory, else what the system says is available. */
export function machineMemory(
  read: ReadText = readText,
  system: { readonly available: number } = Deno.systemMemoryInfo(),
): MachineMemory {
  const cgroup = cgroupAvailable(read);
  if (cgroup !== null && cgroup < system.available) return { availableBytes: cgroup, source: "cgroup limit" };
  return { availableBytes: system.available, source: "memory available on this machine" };
}

/** Limit minus use of the tightest group above this process; page cache counts as free. */
function cgroupAvailable(read: ReadText): number | null {
  const line = read("/proc/self/cgroup")?.split("\n").find((entry) => entry.startsWith("0::"));
  if (line === undefined) {
    const limit = number(read(`${CGROUP_ROOT}/memory/memory.limit_in_bytes`));
    const used = number(read(`${CGROUP_ROOT}/memory/memory.usage_in_bytes`)) ?? 0;
    return limit === null ? null : limit - used;
  }
  let least: number | null = null;
  for (let path = line.slice(3);; path = join(path, "..")) {
    const limit = number(read(join(CGROUP_ROOT, path, "memory.max")));
    if (limit !== null) {
      const used = number(read(join(CGROUP_ROOT, path, "memory.current"))) ?? 0;
      const cache =
        number(read(join(CGROUP_ROOT, path, "memory.stat"))?.match(/^inactive_file (\d+)$/m)?.[1] ?? null) ?? 0;
      least = Math.min(least ?? Infinity, limit - used + cache);
    }
    if (path === "/" || path === "" || path === ".") return least;
  }
}

function number(text: string | null): number | null {
  const value = Number.parseInt(text ?? "", 10);
  return Number.isSafeInteger(value) ? value : null;
}

function readText(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return null;
  }
}
