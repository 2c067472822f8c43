/** How far a download is. */
export interface DownloadProgress {
  /** Path in the repository of the file that is coming. */
  readonly file: string;
  /** Bytes on disk of all files of this fetch, those of an earlier, interrupted one included. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface ProgressDisplayOptions {
  /** Where text goes, such as standard error. */
  readonly write: (text: string) => void;
  /** A terminal gets one line, redrawn; anything else plain lines, every few seconds. */
  readonly terminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns?: number;
  /** Time in ms. */
  readonly now?: () => number;
}

/** Between two drawings, in ms. */
const REDRAW = 100;
const PLAIN_LINE = 5000;
/** The rate is that of the last so many ms: it should follow the line, and not jump. */
const RATE_WINDOW = 5000;
const BAR_WIDTH = 24;

/** Shows a download to people: bytes, percent, rate and time left. */
export class ProgressDisplay {
  readonly #options: Required<ProgressDisplayOptions>;
  #samples: { at: number; bytes: number }[] = [];
  #last: DownloadProgress | null = null;
  #drawn = -Infinity;

  constructor(options: ProgressDisplayOptions) {
    this.#options = { columns: 80, now: () => performance.now(), ...options };
  }

  /** Takes {@link DownloadProgress} as often as it comes, and draws as often as is useful. */
  update(progress: DownloadProgress): void {
    const at = this.#options.now();
    // Bytes taken back: a server without ranges began again.
    if (progress.bytesDone < (this.#samples.at(-1)?.bytes ?? 0)) this.#samples = [];
    this.#samples.push({ at, bytes: progress.bytesDone });
    while (this.#samples.length > 2 && this.#samples[1]!.at <= at - RATE_WINDOW) this.#samples.shift();
    const first = this.#last === null;
    this.#last = progress;
    const interval = this.#options.terminal ? REDRAW : PLAIN_LINE;
    if (first || at - this.#drawn >= interval) this.#draw(progress, at);
  }

  /** Draws the last state and leaves the line. */
  end(): void {
    if (this.#last === null) return;
    this.#draw(this.#last, this.#options.now());
    if (this.#options.terminal) this.#options.write("\n");
    this.#last = null;
    this.#samples = [];
  }

  #draw(progress: DownloadProgress, at: number): void {
    const { terminal, columns, write } = this.#options;
    this.#drawn = at;
    const text = describe(progress, this.#rate());
    if (!terminal) return write(`${progress.file}: ${text}\n`);
    const bar = drawBar(progress);
    const name = shorten(progress.file, columns - bar.length - text.length - 3);
    write(`\r${[name, bar, text].filter((part) => part !== "").join(" ").slice(0, columns - 1)}\x1b[K`);
  }

  /** Bytes a second; null before there is enough to tell. */
  #rate(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < REDRAW) return null;
    return (last.bytes - first.bytes) / ((last.at - first.at) / 1000);
  }
}

function describe({ bytesDone, bytesTotal }: DownloadProgress, rate: number | null): string {
  const parts = [`${percent(bytesDone, bytesTotal)} % ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`];
  if (rate !== null) parts.push(`${formatBytes(rate)}/s`);
  if (rate !== null && rate > 0 && bytesDone < bytesTotal) {
    parts.push(`${formatSeconds((bytesTotal - bytesDone) / rate)} left`);
  }
  return parts.join(", ");
}

/** Rounded down: 100 % is said when it is true. */
function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.floor(done / total * 100);
}

function drawBar({ bytesDone, bytesTotal }: DownloadProgress): string {
  const full = Math.floor(percent(bytesDone, bytesTotal) / 100 * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}

/** The end of a path says more than its start. */
function shorten(file: string, width: number): string {
  if (file.length <= width) return file;
  return width < 8 ? "" : `…${file.slice(file.length - width + 1)}`;
}

/** Decimal units, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(value) : value.toFixed(value < 10 ? 2 : 1)} ${units[power]}`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
