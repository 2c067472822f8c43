import { OpenAPIHono } from "@hono/zod-openapi";
import { documentText } from "../openapi/document.ts";
import { quote, Refusal } from "../openapi/refusal.ts";
import { accessLog } from "./access_log.ts";
import { activations } from "./activations.ts";
import { address } from "./client_address.ts";
import { allowedMethods } from "./allowed_methods.ts";
import { probeBatch } from "./batch/probe_batch.ts";
import { probeBatchStream } from "./batch/probe_batch_stream.ts";
import { cors } from "./cors.ts";
import { deadline } from "./deadline.ts";
import { detokenize } from "./detokenize.ts";
import { DOCS_PAGE } from "./docs_page.ts";
import type { ServiceEnv } from "./env.ts";
import { EXPLORER_PAGE } from "./explorer_page.ts";
import { hostGuard } from "./host_guard.ts";
import { createJob } from "./jobs/create_job.ts";
import { deleteJob } from "./jobs/delete_job.ts";
import { getJob } from "./jobs/get_job.ts";
import { jobEvents } from "./jobs/job_events.ts";
import { jobResult } from "./jobs/job_result.ts";
import { listJobs } from "./jobs/list_jobs.ts";
import { patchJob } from "./jobs/patch_job.ts";
import { createImport } from "./lenses/create_import.ts";
import { deleteLens } from "./lenses/delete_lens.ts";
import { getLens } from "./lenses/get_lens.ts";
import { lensWeights } from "./lenses/lens_weights.ts";
import { listLenses } from "./lenses/list_lenses.ts";
import { patchLens } from "./lenses/patch_lens.ts";
import { putLens } from "./lenses/put_lens.ts";
import { listVocabulary } from "./list_vocabulary.ts";
import { livez } from "./livez.ts";
import { modelWhenLoaded } from "./loaded_model.ts";
import { metrics } from "./metrics.ts";
import { model } from "./model.ts";
import { openapiDocument } from "./openapi_document.ts";
import { addOperation } from "./operation.ts";
import { servePageFile } from "./page_file.ts";
import type { AppParts } from "./parts.ts";
import { probe } from "./probe.ts";
import { probeEstimate } from "./probe_estimate.ts";
import { probeStream } from "./probe_stream.ts";
import { readyz } from "./readyz.ts";
import { onError, refuse } from "./refuse.ts";
import { requestId } from "./request_id.ts";
import { requestSpan } from "./request_span.ts";
import { selfCheck } from "./self_check.ts";
import { serviceGauges } from "./service_gauges.ts";
import { tokenize } from "./tokenize.ts";

/** The whole service as one fetch handler. */
export function createApp(parts: AppParts): OpenAPIHono<ServiceEnv> {
  const { settings, log } = parts;
  const app = new OpenAPIHono<ServiceEnv>();
  const loaded = { ...parts, model: modelWhenLoaded(parts) };
  serviceGauges(parts);

  app.onError(onError(log));
  app.notFound((c) => refuse(c, new Refusal("not-found", `there is nothing at ${quote(c.req.path)}`)));
  app.use(requestSpan(), requestId(), address(parts.settings.trustedProxies), accessLog(parts));
  if (settings.guardHosts) app.use(hostGuard(settings));
  if (settings.corsOrigins.length > 0) app.use(cors(settings.corsOrigins));
  app.use(allowedMethods(app), deadline({ timeoutMs: settings.requestTimeoutMs }));

  const document: Parameters<typeof openapiDocument>[0]["document"] = (as, bounds) =>
    documentText(app, parts.versions.midstream, as, bounds);
  const described = { ...loaded, document };
  const operations = [
    probe(loaded),
    probeStream(loaded),
    probeEstimate(loaded),
    probeBatch(loaded),
    probeBatchStream(loaded),
    activations(loaded),
    tokenize(loaded),
    detokenize(loaded),
    listVocabulary(loaded),
    listLenses(loaded),
    getLens(loaded),
    putLens(loaded),
    patchLens(loaded),
    deleteLens(loaded),
    lensWeights(loaded),
    createImport(loaded),
    createJob(loaded),
    listJobs(loaded),
    jobEvents(loaded),
    jobResult(loaded),
    getJob(loaded),
    patchJob(loaded),
    deleteJob(loaded),
    model(loaded),
    selfCheck(loaded),
    livez(),
    readyz(loaded),
    metrics(parts),
    openapiDocument(described, "3.1"),
    openapiDocument(described, "3.0"),
  ];
  for (const operation of operations) addOperation(app, operation, parts);
  for (const file of [...EXPLORER_PAGE, ...DOCS_PAGE]) app.get(file.path, servePageFile(file));
  return app;
}
