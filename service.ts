import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Admission } from "./lab/admission.ts";
import type { Log } from "./log/log.ts";
import { startEngine, type SupervisedEngine } from "./model/engine/client.ts";
import type { ModelDescription } from "./model/engine/engine.ts";
import type { EngineOptions } from "./model/engine/options.ts";
import { openTokenizer } from "./model/tokenizer.ts";
import { createApp } from "./routes/app.ts";
import type { AppSettings, Versions } from "./routes/parts.ts";
import { serve } from "./routes/serve.ts";
import { ServiceMetrics } from "./routes/service_metrics.ts";
import { isLoopback } from "./settings/loopback.ts";
import type { Settings } from "./settings/table.ts";
import packageFile from "./deno.json" with { type: "json" };

/** The model that runs when none is named. */
const DEMO = { model: fileURLToPath(new URL("demo/model", import.meta.url)), id: "midstream-demo" };

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
 * @throws when the address cannot be listened on, with one clear line
 */
export async function startService(settings: Settings, log: Log): Promise<Service> {
  const options = engineOptions(settings);
  const engine = startEngine(options, { log });
  const tokenizer = engine.loaded.then((model) => openTokenizer(options.model, model.vocabulary));
  const ready = tokenizer.then(() => engine.loaded);
  ready.catch(() => {}); // Whoever awaits it hears of it.
  const admission = new Admission({ places: settings.queue, parallel: settings.parallel });
  let draining = false;
  const app = createApp({
    engine,
    tokenizer,
    admission,
    draining: () => draining,
    settings: appSettings(settings),
    log,
    metrics: new ServiceMetrics(),
    versions: versions(),
  });
  const server = await serve((request) => app.fetch(request), { hostname: settings.host, port: settings.port })
    .catch(async (error) => {
      await engine.close();
      throw unlistenable(settings, error);
    });
  const host = server.hostname.includes(":") ? `[${server.hostname}]` : server.hostname;
  return {
    url: `http://${host}:${server.port}`,
    engine,
    ready,
    drain: async () => {
      draining = true;
      const deadline = AbortSignal.timeout(settings.drainTimeout * 1000);
      await admission.drain(deadline);
      await engine.close();
      // A client that reads too slowly does not hold the process beyond the deadline.
      await Promise.race([server.shutdown(), passed(deadline)]);
    },
  };
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

function engineOptions(settings: Settings): EngineOptions {
  const { threads, maxTokens, blocksPerStage, chunkTokens, rowBlock } = settings;
  return {
    ...(settings.model === undefined ? DEMO : { model: settings.model }),
    precision: settings.precision,
    cacheFolder: settings.data,
    ...(threads === undefined ? {} : { threads }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(blocksPerStage === undefined ? {} : { blocksPerStage }),
    ...(chunkTokens === undefined ? {} : { chunkTokens }),
    ...(rowBlock === undefined ? {} : { rowBlock }),
  };
}

function appSettings(settings: Settings): AppSettings {
  return {
    maxTokens: settings.maxTokens ?? Infinity,
    maxResponseBytes: settings.maxResponseBytes,
    maxBodyBytes: settings.maxBodyBytes,
    requestTimeoutMs: settings.requestTimeout * 1000,
    guardHosts: isLoopback(settings.host) && !settings.open,
    allowedHosts: settings.allowedHost,
  };
}

function versions(): Versions {
  const onnxruntime = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  return { midstream: packageFile.version, deno: Deno.version.deno, onnxruntime: onnxruntime.version };
}
