import fc from "fast-check";
import { SeededRandom } from "../crash/seeded_random.ts";
import { spoiledRequest, type WireRequest } from "../fuzz/spoiled_requests.ts";
import { compareAnswer, poolPost, type Reference } from "./reference.ts";
import type { Tolerance } from "./compare_answers.ts";

export interface SoakOptions {
  readonly url: string;
  readonly references: readonly Reference[];
  readonly seconds: number;
  /** Requests in flight. */
  readonly clients: number;
  readonly seed: number;
  readonly tolerance: Tolerance;
  /** A lens file that is uploaded now and then, used, and deleted, and what it is known as already. */
  readonly upload?: { readonly file: string; readonly known: string };
  readonly tell?: (line: string) => void;
}

/** What happened. */
export interface SoakCounts {
  /** Answers that were compared with their reference. */
  compared: number;
  wrong: number;
  hungUp: number;
  /** Spoiled requests by the hundreds of their status. */
  bad: Record<string, number>;
  uploads: number;
  /** GETs of what is not a probe. */
  read: number;
  /** Answers with a status of 500 and above. */
  serverErrors: number;
  /** Good requests that were refused, broken off or not answered. */
  failed: number;
}

/** Out of a hundred requests. */
const HANG_UPS = 5;
const BAD = 5;
const READ = 2;
const UPLOADS = 1;
const READS = ["/model", "/lenses", "/metrics", "/openapi.json", "/livez", "/readyz"];
/** Spoiled requests made at once. */
const BAD_POOL = 500;

/** Sends mixed requests from several clients until the time is over; each answer is compared with its reference. */
export async function soak(options: SoakOptions): Promise<SoakCounts> {
  const counts: SoakCounts = {
    ...{ compared: 0, wrong: 0, hungUp: 0, bad: {}, uploads: 0, read: 0, serverErrors: 0, failed: 0 },
  };
  const end = performance.now() + options.seconds * 1000;
  const bad = fc.sample(spoiledRequest, { numRuns: BAD_POOL, seed: options.seed });
  const client = async (number: number) => {
    const work = new Client(options, counts, bad, new SeededRandom(options.seed + 1 + number), number);
    while (performance.now() < end) await work.step();
  };
  await Promise.all(Array.from({ length: options.clients }, (_, number) => client(number)));
  return counts;
}

class Client {
  #uploads = 0;

  constructor(
    readonly options: SoakOptions,
    readonly counts: SoakCounts,
    readonly bad: readonly WireRequest[],
    readonly random: SeededRandom,
    readonly number: number,
  ) {}

  async step(): Promise<void> {
    const { random, options } = this;
    const what = random.below(100);
    const reference = random.pick(options.references);
    try {
      if (what < HANG_UPS) await this.#hangUp(reference);
      else if (what < HANG_UPS + BAD) await this.#spoiled(random.pick(this.bad));
      else if (what < HANG_UPS + BAD + READ) await this.#read(random.pick(READS));
      else if (what < HANG_UPS + BAD + READ + UPLOADS && options.upload) await this.#upload(options.upload);
      else await this.#ask(reference);
    } catch (error) {
      this.counts.failed++;
      options.tell?.(`failed: ${reference.request.path}: ${error}`);
    }
  }

  async #ask(reference: Reference): Promise<void> {
    const response = await fetch(this.options.url + reference.request.path, poolPost(reference.request));
    if (!await this.#answered(response, reference.request.path)) return;
    this.#judge(reference, await compareAnswer(reference, response, this.options.tolerance));
  }

  #judge({ request }: Reference, faults: readonly string[]): void {
    this.counts.compared++;
    if (faults.length === 0) return;
    this.counts.wrong++;
    const question = JSON.stringify({ ...request.body, prompt: undefined, prompts: undefined });
    this.options.tell?.(`wrong: ${request.path} ${request.form} ${question}: ${faults.join("; ")}`);
  }

  /** At any moment of the work, and sometimes after it. */
  async #hangUp({ request, ms }: Reference): Promise<void> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), this.random.fraction() * 2 * ms);
    try {
      const response = await fetch(this.options.url + request.path, {
        ...poolPost(request),
        signal: controller.signal,
      });
      this.#count5xx(response, request.path);
      await response.arrayBuffer();
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      this.counts.hungUp++;
    } finally {
      clearTimeout(timer);
    }
  }

  async #spoiled({ method, path, contentType, body }: WireRequest): Promise<void> {
    const headers = contentType === undefined ? {} : { "Content-Type": contentType };
    const sent = body ? new Blob([body as BlobPart]) : null;
    const response = await fetch(this.options.url + path, { method, headers, body: sent });
    this.#count5xx(response, path);
    await response.arrayBuffer();
    const status = `${Math.floor(response.status / 100)}xx`;
    this.counts.bad[status] = (this.counts.bad[status] ?? 0) + 1;
  }

  async #read(path: string): Promise<void> {
    const response = await fetch(this.options.url + path);
    if (await this.#answered(response, path)) await response.arrayBuffer();
    this.counts.read++;
  }

  /** A lens comes, answers as its twin does, and goes. */
  async #upload({ file, known }: { readonly file: string; readonly known: string }): Promise<void> {
    const { options: { url, references, tolerance }, random } = this;
    const using = references.filter(({ request: { form, body } }) =>
      form === "json" && (body["lenses"] as string[] | undefined)?.includes(known)
    );
    const reference = random.pick(using);
    const id = `soak-${this.number}-${this.#uploads++}`;
    const put = await fetch(`${url}/lenses/${id}`, { method: "PUT", body: await Deno.readFile(file) });
    if (!await this.#answered(put, "PUT /lenses")) return;
    await put.arrayBuffer();
    const lenses = (reference.request.body["lenses"] as string[]).map((lens) => lens === known ? id : lens);
    const request = { ...reference.request, body: { ...reference.request.body, lenses } };
    const cells = reference.cells.map((cell) => ({ ...cell, key: cell.key.replace(` ${known} `, ` ${id} `) }));
    const response = await fetch(url + request.path, poolPost(request));
    if (await this.#answered(response, request.path)) {
      this.#judge(reference, await compareAnswer({ ...reference, request, cells }, response, tolerance));
    }
    const gone = await fetch(`${url}/lenses/${id}`, { method: "DELETE" });
    if (await this.#answered(gone, "DELETE /lenses")) await gone.arrayBuffer();
    this.counts.uploads++;
  }

  /** Whether it is a good answer; counts it where not. */
  async #answered(response: Response, path: string): Promise<boolean> {
    if (response.ok) return true;
    this.#count5xx(response, path);
    this.counts.failed++;
    this.options.tell?.(`${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
    return false;
  }

  #count5xx({ status }: Response, path: string): void {
    if (status < 500) return;
    this.counts.serverErrors++;
    this.options.tell?.(`${path} answered ${status}`);
  }
}
