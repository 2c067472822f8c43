import assert from "node:assert/strict";
import { formatBytes, ProgressDisplay } from "./progress.ts";

function recorded(terminal: boolean, columns = 100) {
  const written: string[] = [];
  let time = 0;
  const display = new ProgressDisplay({ write: (text) => written.push(text), terminal, columns, now: () => time });
  return { written, display, at: (ms: number) => time = ms };
}

Deno.test("ProgressDisplay redraws one line on a terminal, with bytes, percent, rate and time left", () => {
  const { written, display, at } = recorded(true);
  const file = "model-00001-of-00002.safetensors";
  display.update({ file, bytesDone: 500_000_000, bytesTotal: 2_000_000_000 });
  at(10);
  display.update({ file, bytesDone: 500_500_000, bytesTotal: 2_000_000_000 });
  at(2000);
  display.update({ file, bytesDone: 1_000_000_000, bytesTotal: 2_000_000_000 });
  display.end();
  assert.equal(written.length, 4, "the update after 10 ms is not drawn");
  assert(written.slice(0, 3).every((text) => text.startsWith("\r") && text.endsWith("\x1b[K") && !text.includes("\n")));
  assert.match(written[1]!, /\[#{12}-{12}\] 50 % 1\.00 GB of 2\.00 GB, 250\.0 MB\/s, 4 s left/);
  assert.equal(written[3], "\n");
});

Deno.test("ProgressDisplay never fills the terminal's last column, however narrow it is", () => {
  for (const columns of [10, 40, 80]) {
    const { written, display } = recorded(true, columns);
    display.update({ file: "f".repeat(200), bytesDone: 1, bytesTotal: 2 });
    assert(written[0]!.replace("\r", "").replace("\x1b[K", "").length < columns);
  }
});

Deno.test("ProgressDisplay writes a plain line every few seconds where there is no terminal", () => {
  const { written, display, at } = recorded(false);
  for (let ms = 0; ms <= 12_000; ms += 100) {
    at(ms);
    display.update({ file: "params.pt", bytesDone: ms * 1000, bytesTotal: 12_000_000 });
  }
  display.end();
  assert.deepEqual(written, [
    "params.pt: 0 % 0 B of 12.0 MB\n",
    "params.pt: 41 % 5.00 MB of 12.0 MB, 1.00 MB/s, 7 s left\n",
    "params.pt: 83 % 10.0 MB of 12.0 MB, 1.00 MB/s, 2 s left\n",
    "params.pt: 100 % 12.0 MB of 12.0 MB, 1.00 MB/s\n",
  ]);
});

Deno.test("ProgressDisplay writes nothing where nothing was downloaded", () => {
  const { written, display } = recorded(true);
  display.end();
  assert.deepEqual(written, []);
});

Deno.test("formatBytes() counts in decimal units", () => {
  assert.deepEqual([0, 999, 1000, 2_148_023_459].map(formatBytes), ["0 B", "999 B", "1.00 kB", "2.15 GB"]);
});
