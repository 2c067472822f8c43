import { join } from "node:path";
import { undisturbed } from "./machine.ts";
import type { Workload, WorkloadName } from "./workloads.ts";

/** One case of a peer, as `peers.py run` tells it. */
export interface PeerRun {
  readonly peer: string;
  readonly workload: string;
  readonly times_s: readonly number[];
  readonly median_s: number;
  readonly other_cores: number;
  /** Of everything, and of the work after loading, where the system tells it. */
  readonly peak_mib: number;
  readonly peak_work_mib: number | null;
  readonly versions: Readonly<Record<string, string>>;
}

/** `peers.py compare`. */
export interface Agreement {
  readonly cells: number;
  /** Shares from 0 to 1. */
  readonly top1_agree: number;
  readonly top10_overlap: number;
  readonly max_dp_top1: number;
  readonly max_dentropy: number;
  readonly max_dkl: number;
}

/** `peers.py cold`, in seconds. */
export interface PeerColdRun {
  readonly wall_s: number;
  readonly import_s: number;
  readonly load_s: number;
  readonly first_answer_s: number;
  readonly other_cores: number;
}

/** Who is measured at each workload. */
export const PEERS_OF: Readonly<Record<WorkloadName, readonly string[]>> = {
  W1: ["forward", "seed-last", "best", "best-onednn"],
  W2: ["forward", "tunedlens-stats", "best", "best-onednn"],
  W4: ["forward", "seed-last", "best-noshare", "best", "best-onednn"],
};

/** Who is measured at W3: those that answer it whole. */
export const PEERS_OF_W3 = ["tunedlens-stats", "best", "best-onednn"];

/** A case ends after this time once it has three repetitions. */
const BUDGET_SECONDS = 30;

export interface PeerSettings {
  readonly python: string;
  readonly folder: string;
  readonly reps: number;
  readonly waitIdle: number;
}

/** A peer that cannot answer here; the rest goes on. */
export class PeerFailed extends Error {
  override readonly name = "PeerFailed";
}

/** The peers' benchmark, run as it is; every case is a Python process of its own. */
export class Peers {
  constructor(private readonly settings: PeerSettings) {}

  /** A sentence saying why there are none, if so. */
  async absent(): Promise<string | undefined> {
    const { folder, python } = this.settings;
    if (!await Deno.stat(join(folder, "peers.py")).catch(() => undefined)) return "the folder of --peers is not there";
    try {
      const { success } = await new Deno.Command(python, { args: ["-c", "import torch, transformers"], stderr: "null" })
        .output();
      return success ? undefined : "the Python of --python has no torch and transformers";
    } catch {
      return "the Python of --python is not there";
    }
  }

  /** Token ids that every side gets. */
  async prompts(model: string): Promise<Workload[]> {
    const lines = await this.#run(["prompts", "--model", model]);
    return lines.map((line) => {
      const { workload, prompts } = line as { workload: WorkloadName; prompts: number[][] };
      return { name: workload, prompts };
    });
  }

  /**
   * @param dump file that gets the peer's answer, if it has one
   * @param more folder of a tuned lens, for W3, and the precision
   */
  async run(
    peer: string,
    workload: string,
    model: string,
    dump: string,
    { lens, dtype = "f32" }: { readonly lens?: string; readonly dtype?: "f32" | "bf16" } = {},
  ): Promise<PeerRun> {
    const { reps, waitIdle } = this.settings;
    const case_ = ["--peer", peer, "--workload", workload, "--model", model, "--dtype", dtype, "--dump", dump];
    if (lens !== undefined) case_.push("--lens", lens);
    const args = ["run", ...case_, "--reps", `${reps}`, "--budget", `${BUDGET_SECONDS}`, ...threads()];
    const measure = async () => (await this.#run(args)).at(-1) as PeerRun;
    return await undisturbed(waitIdle, measure, (run) => run.other_cores);
  }

  async cold(peer: string, model: string): Promise<PeerColdRun> {
    const args = ["cold", "--peer", peer, "--model", model, "--reps", "1", ...threads()];
    const measure = async () => (await this.#run(args)).at(-1) as PeerColdRun;
    return await undisturbed(this.settings.waitIdle, measure, (run) => run.other_cores);
  }

  async compare(a: string, b: string): Promise<Agreement> {
    return (await this.#run(["compare", a, b])).at(-1) as Agreement;
  }

  /** Runs a script that uses the peers' own; its last line of JSON. */
  async script(file: string, args: readonly string[]): Promise<unknown> {
    return (await this.#python([file, ...args])).at(-1);
  }

  #run(args: readonly string[]): Promise<unknown[]> {
    return this.#python([join(this.settings.folder, "peers.py"), ...args]);
  }

  async #python(args: readonly string[]): Promise<unknown[]> {
    const { python, folder } = this.settings;
    // Nothing is written beside the scripts.
    const env = { PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: folder };
    const command = new Deno.Command(python, { args: [...args], env });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new PeerFailed(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

function threads(): string[] {
  return ["--threads", `${navigator.hardwareConcurrency}`];
}
