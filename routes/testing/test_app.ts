import { Admission } from "../../lab/admission/admission.ts";
import { ProcessQuotas } from "../../lab/quota/process_quotas.ts";
import { LensImportError } from "../../lens/library/import_lens.ts";
import { createApp } from "../app.ts";
import type { AppParts, AppSettings } from "../parts.ts";
import { ServiceMetrics } from "../service_metrics.ts";
import { memoryJobs } from "./memory_jobs.ts";
import { memoryEngine } from "./memory_engine.ts";
import { memoryLenses } from "./memory_lenses.ts";
import { memoryTokenizer } from "./memory_tokenizer.ts";

export interface LogLine {
  readonly level: "info" | "error";
  readonly message: string;
  readonly properties: Record<string, unknown>;
}

type TestParts = Partial<Omit<AppParts, "settings">> & { settings?: Partial<AppSettings> };

/** An app over the engine in memory, its parts, and the log it writes. */
export async function testApp(parts: TestParts = {}) {
  const lines: LogLine[] = [];
  const line = (level: LogLine["level"]) => (message: string, properties: Record<string, unknown>) =>
    void lines.push({ level, message, properties });
  const whole: AppParts = {
    engine: memoryEngine(),
    tokenizer: Promise.resolve(memoryTokenizer()),
    lenses: Promise.resolve(memoryLenses()),
    fidelity: Promise.resolve(null),
    imports: () => Promise.reject(new LensImportError("hub", "there is no hub in memory")),
    jobs: Promise.resolve(memoryJobs()),
    checkpoint: { path: "." },
    admission: new Admission(),
    gate: null,
    audit: { write() {} },
    quotas: new ProcessQuotas(),
    draining: () => false,
    log: { info: line("info"), error: line("error") },
    metrics: new ServiceMetrics(),
    versions: { midstream: "0.0.0", deno: "2.9.6", onnxruntime: "1.30.0" },
    ...parts,
    settings: {
      maxTokens: Infinity,
      maxResponseBytes: 1_000_000,
      maxBodyBytes: 100_000,
      maxLensBytes: 100_000,
      maxJobPrompts: 1000,
      requestTimeoutMs: 10_000,
      guardHosts: true,
      allowedHosts: [],
      trustedProxies: [],
      corsOrigins: [],
      metricsPublic: false,
      ...parts.settings,
    },
  };
  const app = createApp(whole);
  // The model is known one turn after it is loaded.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { app, post, lines, parts: whole };
}
