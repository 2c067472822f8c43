import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Calibration } from "./lab/admission/cost.ts";
import { AuditLog } from "./lab/audit/audit_log.ts";
import { Admission } from "./lab/admission/admission.ts";
import { EmbeddedJobs } from "./lab/jobs/embedded_store.ts";
import { OpeningJobs } from "./lab/jobs/opening_jobs.ts";
import type { Replicas } from "./lab/jobs/redis_replicas.ts";
import type { JobLimits } from "./lab/jobs/types.ts";
import { FailedAttempts } from "./lab/keys/failed_attempts.ts";
import { Keyring } from "./lab/keys/keyring.ts";
import { ProcessQuotas } from "./lab/quota/process_quotas.ts";
import type { CheckpointPlace } from "./lab/self_check/float64_comparison.ts";
import type { SelfCheckReport } from "./lab/self_check/report.ts";
import { reportText } from "./lab/self_check/report_text.ts";
import { selfCheck } from "./lab/self_check/self_check.ts";
import { openLensLibrary } from "./lens/library/folder_library.ts";
import { addGivenLens, type GivenLens } from "./lens/library/given_lens.ts";
import { lensImporter } from "./lens/library/import_lens.ts";
import { servedModel } from "./lens/library/served_model.ts";
import type { LensLibrary } from "./lens/library/types.ts";
import type { Log } from "./log/log.ts";
import { type NamedModel, namedModel } from "./model/checkpoint/hub/named_model.ts";
import { type DownloadProgress, ProgressDisplay } from "./model/checkpoint/hub/progress.ts";
import { startEngine, type SupervisedEngine } from "./model/engine/client.ts";
import type { ModelDescription } from "./model/engine/engine.ts";
import { fidelityFolder, findFidelity } from "./model/engine/fidelity.ts";
import type { EngineOptions } from "./model/engine/options.ts";
import { openModelTokenizer } from "./model/tokenizer_open.ts";
import { createApp } from "./routes/app.ts";
import { jobRunner } from "./routes/jobs/job_runner.ts";
import { modelWhenLoaded } from "./routes/loaded_model.ts";
import type { AppParts, AppSettings, Versions } from "./routes/parts.ts";
import { serve } from "./routes/serve.ts";
import { ServiceMetrics } from "./routes/service_metrics.ts";
import { isLoopback } from "./settings/loopback.ts";
import type { Settings } from "./settings/table.ts";
import packageFile from "./deno.json" with { type: "json" };

/** The model that runs when none is named, and its lenses. */
const DEMO = { model: inDemo("model"), id: "midstream-demo" };
const DEMO_LENSES: readonly GivenLens[] = [
  { id: "tuned", source: inDemo("lenses/tuned") },
  { id: "jacobian", source: inDemo("lenses/jacobian.pt") },
];

/** What `deno task fidelity` found of the models that the README speaks of. */
const PUBLISHED_FIDELITY = fileURLToPath(new URL("docs/fidelity", import.meta.url));

/** A running service. */
export interface Service {
  /** Where it listens, e.g. `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly engine: SupervisedEngine;
  /** The model, once probes are answered; rejects with one clear line where it cannot be loaded. */
  readonly ready: Promise<ModelDescription>;
  /** Takes nothing new, lets what runs finish within the deadline, and ends. */
  drain(): Promise<void>;
}

/**
 * Puts the parts together and listens; answers from the first moment, probes once the model is loaded.
 * @param env where the hub's settings are
 * @throws when the address cannot be listened on, with one clear line
 */
export async function startService(
  settings: Settings,
  log: Log,
  env: Record<string, string> = Deno.env.toObject(),
): Promise<Service> {
  const audit = new AuditLog(settings.data, { log });
  const keyring = settings.keys === undefined ? null : await openKeyring(settings.keys, log, audit);
  const options = engineOptions(settings, await modelOf(settings, env));
  const replicas = await joinedReplicas(settings, log);
  const engine = startEngine(options, { log });
  const tokenizer = engine.loaded.then((model) => openModelTokenizer(options.model, model.vocabulary));
  const lenses = engine.loaded.then((model) => openLenses(model, options.model, settings, env, log));
  const fidelity = engine.loaded.then((model) =>
    findFidelity([fidelityFolder(settings.data), PUBLISHED_FIDELITY], model)
  );
  const ready = Promise.all([tokenizer, lenses]).then(() => engine.loaded);
  ready.catch(() => {}); // Whoever awaits it hears of it.
  const admission = new Admission({
    calibration: new Calibration(),
    places: settings.queue,
    tokens: settings.queueTokens,
    waitMs: settings.queueWait * 1000,
    parallel: settings.parallel,
  });
  engine.loaded.then(
    ({ parameters, dModel, vocabulary }) =>
      admission.calibration.assume({ parameters, unembedding: dModel * vocabulary }),
    () => {},
  );
  const jobs = new OpeningJobs(() => replicas ? Promise.resolve(replicas.jobs) : openJobs(settings, log), { log });
  await jobs.tried;
  let draining = false;
  const parts: AppParts = {
    engine,
    tokenizer,
    lenses,
    fidelity,
    imports: lensImporter(env),
    jobs: Promise.resolve(jobs),
    checkpoint: checkpointOf(options),
    admission,
    gate: keyring && { keyring, attempts: new FailedAttempts() },
    audit,
    quotas: replicas?.quotas ?? new ProcessQuotas(),
    draining: () => draining,
    settings: appSettings(settings),
    log,
    metrics: new ServiceMetrics(),
    versions: versions(),
  };
  const app = createApp(parts);
  const runner = jobRunner({ ...parts, log, keyring, model: modelWhenLoaded(parts) }, jobs);
  const server = await serve((request, connection) => app.fetch(request, connection), {
    hostname: settings.host,
    port: settings.port,
    base: settings.basePath,
  })
    .catch(async (error) => {
      await runner.stop();
      await jobs[Symbol.asyncDispose]();
      await replicas?.[Symbol.asyncDispose]();
      await engine.close();
      await keyring?.[Symbol.asyncDispose]();
      throw unlistenable(settings, error);
    });
  const host = server.hostname.includes(":") ? `[${server.hostname}]` : server.hostname;
  return {
    url: `http://${host}:${server.port}${settings.basePath}`,
    engine,
    ready,
    drain: async () => {
      draining = true;
      const deadline = AbortSignal.timeout(settings.drainTimeout * 1000);
      // Nobody waits for the prompts of a job: they stop at once, and go on with the next process.
      const parked = runner.stop();
      await admission.drain(deadline);
      await Promise.race([parked, passed(deadline)]);
      await engine.close();
      // A client that reads too slowly does not hold the process beyond the deadline.
      await Promise.race([server.shutdown(), passed(deadline)]);
      // What is still on its way in leaves nothing behind.
      await jobs[Symbol.asyncDispose]();
      await replicas?.[Symbol.asyncDispose]();
      await lenses.then((library) => library[Symbol.asyncDispose](), () => {});
      await keyring?.[Symbol.asyncDispose]();
      await audit[Symbol.asyncDispose]();
    },
  };
}

/**
 * Loads the model, checks the numbers, and ends without having listened: `--self-check`.
 * @returns the table for the terminal, and whether every invariant held
 */
export async function checkService(
  settings: Settings,
  log: Log,
  env: Record<string, string> = Deno.env.toObject(),
): Promise<Pick<SelfCheckReport, "passed"> & { readonly text: string }> {
  const options = engineOptions(settings, await modelOf(settings, env));
  const engine = startEngine(options, { log });
  try {
    const model = await engine.loaded;
    const tokenizer = await openModelTokenizer(options.model, model.vocabulary);
    await using lenses = await openLenses(model, options.model, settings, env, log);
    const report = await selfCheck({
      engine,
      model,
      maxTokens: settings.maxTokens ?? Infinity,
      tokenizer: "unavailable" in tokenizer ? null : tokenizer,
      checkpoint: checkpointOf(options),
      lenses: await lenses.list(),
    }, new AbortController().signal);
    return { passed: report.passed, text: reportText(report) };
  } finally {
    await engine.close();
  }
}

/** The jobs kept in the data folder. */
async function openJobs(settings: Settings, log: Log): Promise<EmbeddedJobs> {
  return await EmbeddedJobs.open({ ...keptJobs(settings), log });
}

/** What several processes have in common through Redis; null where this one is alone, and needs nothing of it loaded. */
async function joinedReplicas(settings: Settings, log: Log): Promise<Replicas | null> {
  if (settings.redis === undefined) return null;
  const { joinReplicas } = await import("./lab/jobs/redis_replicas.ts");
  return await joinReplicas({ ...keptJobs(settings), url: settings.redis, log });
}

function keptJobs(settings: Settings): { readonly folder: string; readonly limits: JobLimits } {
  return {
    folder: join(settings.data, "jobs"),
    limits: {
      maxBytes: settings.jobQuotaBytes,
      keepMs: settings.jobKeep * 1000,
      maxPrompts: settings.maxJobPrompts,
    },
  };
}

/** Keys in a file, whose changes are in the audit log. */
async function openKeyring(path: string, log: Log, audit: AuditLog): Promise<Keyring> {
  const nobody = { key: null, address: null, requestId: null };
  return await Keyring.open(path, {
    log,
    onChange: (change) => audit.write({ event: "keys.change", ...change }, nobody),
  });
}

function checkpointOf({ model, cacheFolder }: EngineOptions): CheckpointPlace {
  return { path: model, ...(cacheFolder === undefined ? {} : { cacheFolder }) };
}

function unlistenable({ host, port }: Settings, error: Error & { readonly code?: string }): Error {
  if (error.code === "EADDRINUSE") return new Error(`--port: ${port} is taken on ${host}; 0 takes a free one`);
  if (error.code === "EACCES") return new Error(`--port: this user may not listen on ${port} of ${host}`);
  return new Error(`--host: ${host} cannot be listened on (${error.code ?? error.message})`);
}

function passed(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The model that is named, fetched from the hub where it does not lie here. */
async function modelOf({ model }: Settings, env: Record<string, string>): Promise<NamedModel> {
  if (model === undefined) return DEMO;
  return await withProgress((onProgress) => namedModel(model, env, { onProgress }));
}

/** The lenses kept in the data folder, those given at the start, and the demo's where that runs. */
async function openLenses(
  model: ModelDescription,
  modelPath: string,
  settings: Settings,
  env: Record<string, string>,
  log: Log,
): Promise<LensLibrary> {
  const library = await openLensLibrary({
    folder: join(settings.data, "lenses"),
    cacheFolder: settings.data,
    limits: { maxFileBytes: settings.maxLensBytes, maxLibraryBytes: settings.lensQuotaBytes },
    log,
  });
  library.useModel(await servedModel(modelPath, model, settings.data));
  const own = settings.model === undefined
    ? DEMO_LENSES.filter((demo) => !settings.lens.some((given) => given.id === demo.id))
    : [];
  for (const given of [...own, ...settings.lens]) {
    const { match } = await withProgress((onProgress) => addGivenLens(library, given, env, onProgress));
    if (match.match === "none") throw new Error(`--lens ${given.id}: ${match.reason}`);
  }
  return library;
}

/** Shows a download, if there is one, on standard error. */
async function withProgress<T>(work: (onProgress: (progress: DownloadProgress) => void) => Promise<T>): Promise<T> {
  const terminal = Deno.stderr.isTerminal();
  const display = new ProgressDisplay({
    write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    terminal,
    ...(terminal ? { columns: Deno.consoleSize().columns } : {}),
  });
  try {
    return await work((progress) => display.update(progress));
  } finally {
    display.end();
  }
}

function inDemo(path: string): string {
  return fileURLToPath(new URL(`demo/${path}`, import.meta.url));
}

function engineOptions(settings: Settings, named: NamedModel): EngineOptions {
  const { threads, maxTokens, blocksPerStage, chunkTokens, rowBlock, lensMemory, prefixCache } = settings;
  return {
    ...named,
    precision: settings.precision,
    streamWeights: settings.streamWeights,
    cacheFolder: settings.data,
    ...(threads === undefined ? {} : { threads }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(blocksPerStage === undefined ? {} : { blocksPerStage }),
    ...(chunkTokens === undefined ? {} : { chunkTokens }),
    ...(rowBlock === undefined ? {} : { rowBlock }),
    ...(lensMemory === undefined ? {} : { lensMemoryBytes: lensMemory }),
    ...(prefixCache === undefined ? {} : { prefixCacheBytes: prefixCache }),
  };
}

function appSettings(settings: Settings): AppSettings {
  return {
    maxTokens: settings.maxTokens ?? Infinity,
    maxResponseBytes: settings.maxResponseBytes,
    maxBodyBytes: settings.maxBodyBytes,
    maxLensBytes: settings.maxLensBytes,
    maxJobPrompts: settings.maxJobPrompts,
    requestTimeoutMs: settings.requestTimeout * 1000,
    guardHosts: isLoopback(settings.host) && !settings.open && settings.keys === undefined,
    allowedHosts: settings.allowedHost,
    trustedProxies: settings.trustedProxy,
    corsOrigins: settings.corsOrigin,
    metricsPublic: settings.metricsPublic,
  };
}

function versions(): Versions {
  const onnxruntime = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  return { midstream: packageFile.version, deno: Deno.version.deno, onnxruntime: onnxruntime.version };
}
