import { fillTimes } from "./explorer_fill.ts";
import { scrollLongPicture } from "./explorer_scroll.ts";
import { machine } from "./machine.ts";
import { DEMO } from "./options.ts";
import { Results } from "./results.ts";
import { startServiceProcess, untilReady } from "./service_process.ts";
import { table } from "./table.ts";

/*
 * What the explorer costs in a browser: `deno run -A bench/explorer.ts [--out file]`. It needs Chromium (tests/browser).
 * Times from the Enter key to the picture on the demo, frames while scrolling a long picture, memory, and sizes.
 */

const LENGTHS = [16, 128, 512];
const LAYERS = 8;
const REPS = 5;

async function main(args: readonly string[]): Promise<void> {
  const [flag, out = "bench/results/explorer.json", ...rest] = args;
  if (rest.length > 0 || flag !== undefined && (flag !== "--out" || args.length < 2)) {
    console.error("deno run -A bench/explorer.ts [--out <file>]");
    Deno.exit(2);
  }
  const results = new Results(out);
  const add = <T>(name: string, figures: T): T => {
    results.add(name, figures);
    return figures;
  };
  const { cpu, cores, load } = add("machine", machine());
  console.log(`${cpu}, ${cores} cores, load ${load.map((value) => value.toFixed(1)).join(" ")}\n`);

  const script = await Deno.readFile(new URL("../web/dist/explorer.js", import.meta.url));
  const sizes = add("script", { bytes: script.length, gzip: await gzipSize(script) });
  console.log(`script: ${kilobytes(sizes.bytes)}, ${kilobytes(sizes.gzip)} as gzip\n`);

  const data = await Deno.makeTempDir();
  try {
    await using service = await startServiceProcess(DEMO.folder, data);
    await untilReady(service, 60);
    const fills = add("fill", await fillTimes(service.url, service.post, LENGTHS, LAYERS, REPS));
    const lines = fills.map(({ tokens, firstColumn, whole }) => [`${tokens}`, ms(firstColumn), ms(whole)]);
    console.log(table(["tokens", "Enter to first column, ms", "to the whole grid, ms"], lines) + "\n");

    const { filledMs, heapMb, scrolls } = add("scroll", await scrollLongPicture(service.url));
    const rows = scrolls.map(({ name, median, p99, most, mostCpu, elements }) => [
      name,
      ...[median, p99, most, mostCpu].map(ms),
      String(elements),
    ]);
    const titles = ["4,096 × 32 cells, ms a frame", "median", "99 %", "most", "most, CPU", "elements"];
    console.log(table(titles, rows) + `\n\nfilled in ${ms(filledMs)} ms; heap ${heapMb.toFixed(0)} MiB`);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
  console.log(`load at the end ${Deno.loadavg().map((value) => value.toFixed(1)).join(" ")}; figures in ${out}`);
}

async function gzipSize(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

if (import.meta.main) await main(Deno.args);
