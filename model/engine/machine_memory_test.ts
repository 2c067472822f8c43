import assert from "node:assert/strict";
import { machineMemory } from "./machine_memory.ts";

const GB = 2 ** 30;
const files = (entries: Record<string, string>) => (path: string) => entries[path] ?? null;

Deno.test("machineMemory() takes the tightest cgroup above the process, its page cache counted as free", () => {
  const read = files({
    "/proc/self/cgroup": "0::/lab/job\n",
    "/sys/fs/cgroup/lab/job/memory.max": "max\n",
    "/sys/fs/cgroup/lab/memory.max": `${8 * GB}\n`,
    "/sys/fs/cgroup/lab/memory.current": `${3 * GB}\n`,
    "/sys/fs/cgroup/lab/memory.stat": `anon 5\ninactive_file ${GB}\n`,
  });
  assert.deepEqual(machineMemory(read, { available: 20 * GB }), { availableBytes: 6 * GB, source: "cgroup limit" });
});

Deno.test("machineMemory() reads the old cgroup layout", () => {
  const read = files({
    "/proc/self/cgroup": "4:memory:/\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${4 * GB}`,
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${GB}`,
  });
  assert.equal(machineMemory(read, { available: 20 * GB }).availableBytes, 3 * GB);
});

Deno.test("machineMemory() is the system's figure where no group is limited or the limit is beyond it", () => {
  const none = machineMemory(files({}), { available: 20 * GB });
  assert.equal(none.availableBytes, 20 * GB);
  const wide = files({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": `${99 * GB}` });
  assert.equal(machineMemory(wide, { available: 20 * GB }).availableBytes, 20 * GB);
});
