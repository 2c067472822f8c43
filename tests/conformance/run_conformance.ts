import fc from "fast-check";
import { ANSWER_CHECKS, refusalOf } from "./checks/answer_checks.ts";
import type { AnswerCheck } from "./checks/check.ts";
import { isAccepted, negativeDataRejection, positiveDataAcceptance } from "./checks/data_checks.ts";
import { ignoredAuth, missingRequiredHeader, unsupportedMethod } from "./checks/request_checks.ts";
import { ensureResourceAvailability, useAfterFree } from "./checks/resource_checks.ts";
import { asCurl, type Client, type Exchange, NoAnswer, type OperationRequest } from "./client.ts";
import type { ConformanceFailure, ConformanceResult, OperationCounts } from "./counts.ts";
import type { Operation } from "./document/operation.ts";
import type { ServedDocument } from "./document/served_document.ts";
import { type PlannedRequest, requestsOf } from "./generate/request_arbitrary.ts";
import { type SpoiledRequest, spoiledRequestsOf } from "./generate/spoiled_request.ts";
import { writeRequest } from "./generate/write_request.ts";
import { idOf, requestOf, Resources } from "./resources.ts";

export interface ConformanceRun {
  readonly document: ServedDocument;
  readonly client: Client;
  /** The same service, asked without a key. */
  readonly anonymous: Client;
  /** Requests over all operations, without those that prepare and look after them. */
  readonly cases: number;
  readonly seed: number;
}

/** Requests of an operation that takes nothing: they are all the same. */
const OF_THE_SAME = 3;
/** Characters of a failure's detail. */
const MOST_DETAIL = 800;
/** Operations that are asked at the same time. */
const LANES = 8;

/** An answer that is against the document, as a check tells it. */
class Disagreement extends Error {
  override readonly name = "Disagreement";

  constructor(readonly check: string, readonly detail: string, readonly request: OperationRequest) {
    super(`${check}: ${detail}`);
  }
}

/** Asks every operation of a document right and wrong requests, and holds each answer against the document. */
export async function runConformance(run: ConformanceRun): Promise<ConformanceResult> {
  const { document, client, cases, seed } = run;
  const resources = await Resources.of(document, client);
  const conformance = new Conformance(run, resources);
  const plans = document.operations.map((operation, index) => ({
    operation,
    right: requestsOf(operation, { document, resources, optional: true }),
    wrong: spoiledRequestsOf(operation, { document, resources }),
    varies: operation.bodies.length + operation.parameters.length > 0,
    seed: seed + index,
  }));
  const same = plans.filter(({ varies }) => !varies).length * OF_THE_SAME;
  const shares = plans.reduce((sum, { varies, wrong }) => sum + Number(varies) + Number(wrong !== undefined), 0);
  const each = Math.max(1, Math.ceil((cases - same) / Math.max(1, shares)));
  const ask = async ({ operation, right, wrong, varies, seed }: (typeof plans)[number]) => {
    await conformance.once(operation, fc.sample(right, { numRuns: 1, seed })[0]!);
    const positive = fc.asyncProperty(right, (planned) => conformance.positive(operation, planned));
    await conformance.property(operation, positive, { numRuns: varies ? each : OF_THE_SAME, seed });
    if (!wrong) return;
    const negative = fc.asyncProperty(wrong, (spoiled) => conformance.negative(operation, spoiled));
    await conformance.property(operation, negative, { numRuns: each, seed });
  };
  // Those that tell of the whole service are asked while nothing comes and goes.
  for (const plan of plans.filter(({ varies }) => !varies)) await ask(plan);
  const waiting = plans.filter(({ varies }) => varies);
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let plan = waiting.shift(); plan; plan = waiting.shift()) await ask(plan);
  }));
  await resources.sweep();
  return conformance.result();
}

class Conformance {
  readonly #counts = new Map<string, OperationCounts>();
  readonly #checks = new Map<string, number>();
  readonly #failures: ConformanceFailure[] = [];
  readonly #paths = new Set<string>();
  readonly #disagreeing = new Set<string>();

  constructor(private readonly run: ConformanceRun, private readonly resources: Resources) {
    for (const { id } of run.document.operations) {
      this.#counts.set(id, { id, positive: 0, accepted: 0, negative: 0, otherwise: new Map() });
    }
  }

  result(): ConformanceResult {
    const operations = [...this.#counts.values()];
    return {
      seed: this.run.seed,
      cases: operations.reduce((sum, { positive, negative }) => sum + positive + negative, 0),
      operations,
      failures: this.#failures,
      checks: this.#checks,
    };
  }

  /** Runs a property, and keeps its smallest counterexample. */
  async property<T>(operation: Operation, property: fc.IAsyncProperty<T>, parameters: fc.Parameters<T>): Promise<void> {
    this.#disagreeing.delete(operation.id);
    const { failed, errorInstance } = await fc.check(property, parameters);
    if (failed) this.#keep(operation, errorInstance);
  }

  /** What is asked once: other methods, and requests without what they must have. */
  async once(operation: Operation, planned: PlannedRequest): Promise<void> {
    const { client, anonymous, document } = this.run;
    const request = writeRequest(operation, planned);
    const checks = {
      missing_required_header: missingRequiredHeader(client, request),
      ignored_auth: ignoredAuth(anonymous, request),
    };
    const ofPath = this.#paths.has(operation.path)
      ? {}
      : { unsupported_method: unsupportedMethod(client, document, request) };
    this.#paths.add(operation.path);
    for (const [check, faults] of Object.entries({ ...checks, ...ofPath })) {
      this.#count(check);
      for (const detail of await faults) this.#keep(operation, new Disagreement(check, detail, request));
    }
  }

  /** A right request, and what becomes of the thing that it makes or deletes. */
  async positive(operation: Operation, planned: PlannedRequest): Promise<void> {
    const exchange = await this.#sent(operation, planned, (it) => it);
    this.#tally(operation, exchange);
    this.#check(exchange, { ...ANSWER_CHECKS, positive_data_acceptance: positiveDataAcceptance });
    await this.#afterwards(operation, planned, exchange);
  }

  /** A request with one thing wrong; what was made for it is removed again. */
  async negative(operation: Operation, { planned, spoiling }: SpoiledRequest): Promise<void> {
    const exchange = await this.#sent(operation, planned, spoiling.apply);
    if (this.#isOpen(operation)) this.#counts.get(operation.id)!.negative++;
    const rejection = { negative_data_rejection: negativeDataRejection(spoiling.statuses) };
    this.#check(exchange, { ...ANSWER_CHECKS, ...rejection }, spoiling.how);
    await this.#remove(operation, planned, exchange);
  }

  #tally(operation: Operation, exchange: Exchange): void {
    if (!this.#isOpen(operation)) return;
    const counts = this.#counts.get(operation.id)!;
    counts.positive++;
    if (isAccepted(exchange)) counts.accepted++;
    else {
      const kind = String(refusalOf(exchange.answer)?.type ?? exchange.answer.status).split(":").at(-1)!;
      counts.otherwise.set(kind, (counts.otherwise.get(kind) ?? 0) + 1);
    }
  }

  /** Whether its requests count: those that make a counterexample smaller do not. */
  #isOpen({ id }: Operation): boolean {
    return !this.#disagreeing.has(id);
  }

  async #sent(
    operation: Operation,
    planned: PlannedRequest,
    spoil: (request: OperationRequest) => OperationRequest,
  ): Promise<Exchange> {
    const kind = this.resources.kindOf(operation);
    if (!kind || !planned.onFresh) return await this.run.client.send(spoil(writeRequest(operation, planned)));
    const path = kind.create === operation
      ? this.resources.freshPath(kind)
      : { [kind.parameter]: await this.resources.make(kind) };
    return await this.run.client.send(spoil(writeRequest(operation, planned, path)));
  }

  async #afterwards(operation: Operation, planned: PlannedRequest, exchange: Exchange): Promise<void> {
    const kind = this.resources.kindOf(operation);
    if (!kind || !planned.onFresh) return;
    const id = this.#idOf(operation, exchange);
    const { client } = this.run;
    if (kind.create === operation && isAccepted(exchange)) {
      await this.#stateful("ensure_resource_availability", exchange, ensureResourceAvailability(client, kind, id));
    }
    if (kind.remove === operation) {
      await this.#stateful("use_after_free", exchange, useAfterFree(client, kind, id, exchange));
    } else if (kind.remove && (kind.create !== operation || isAccepted(exchange))) {
      const removed = await client.send(requestOf(kind.remove, { [kind.parameter]: id }));
      await this.#stateful("use_after_free", removed, useAfterFree(client, kind, id, removed));
    }
  }

  async #remove(operation: Operation, planned: PlannedRequest, exchange: Exchange): Promise<void> {
    const kind = this.resources.kindOf(operation);
    if (!kind?.remove || kind.create === operation || !planned.onFresh) return;
    await this.run.client.send(requestOf(kind.remove, { [kind.parameter]: this.#idOf(operation, exchange) }));
  }

  /** The id of what was made for a request, or by it. */
  #idOf(operation: Operation, { request, answer }: Exchange): string {
    const { parameter, create } = this.resources.kindOf(operation)!;
    return create === operation && !(parameter in request.path)
      ? idOf(answer.headers.get("location"))
      : request.path[parameter]!;
  }

  #check(exchange: Exchange, checks: Readonly<Record<string, AnswerCheck>>, how?: string): void {
    for (const [name, check] of Object.entries(checks)) {
      this.#count(name);
      const fault = check({ ...exchange, document: this.run.document });
      if (fault !== undefined) throw this.#disagreement(name, how ? `${fault} (${how})` : fault, exchange.request);
    }
  }

  async #stateful(check: string, { request }: Exchange, faults: Promise<string | undefined>): Promise<void> {
    this.#count(check);
    const fault = await faults;
    if (fault !== undefined) throw this.#disagreement(check, fault, request);
  }

  #disagreement(check: string, detail: string, request: OperationRequest): Disagreement {
    this.#disagreeing.add(request.operation.id);
    return new Disagreement(check, detail, request);
  }

  #count(check: string): void {
    this.#checks.set(check, (this.#checks.get(check) ?? 0) + 1);
  }

  #keep(operation: Operation, error: unknown): void {
    if (!(error instanceof Disagreement || error instanceof NoAnswer)) throw error;
    const { check, detail, request } = error instanceof NoAnswer
      ? { check: "not_a_server_error", detail: error.message, request: error.request }
      : error;
    this.#failures.push({ operation: operation.id, check, detail: short(detail), request: asCurl(request) });
  }
}

const short = (text: string) => text.length <= MOST_DETAIL ? text : `${text.slice(0, MOST_DETAIL)}…`;
