import fc from "fast-check";
import { ANSWER_CHECKS, refusalOf } from "./checks/answer_checks.ts";
import type { AnswerCheck } from "./checks/check.ts";
import { isAccepted, negativeDataRejection, positiveDataAcceptance } from "./checks/data_checks.ts";
import { ignoredAuth, missingRequiredHeader, unsupportedMethod } from "./checks/request_checks.ts";
import { ensureResourceAvailability, useAfterFree } from "./checks/resource_checks.ts";
import { type Answer, asCurl, type Client, type Exchange, NoAnswer, type OperationRequest } from "./client.ts";
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
  /** Requests at the same time. */
  readonly lanes?: number;
  /** Called whenever a part of the cases is done. */
  readonly onRound?: (soFar: ConformanceResult) => void;
}

/** Cases after which what they left behind is removed: the more there is, the longer it takes to list it. */
const ROUND = 1000;
/** Seeds of a round; more than there are operations. */
const SEEDS = 1000;
/** Requests of an operation that takes nothing: they are all the same. */
const OF_THE_SAME = 3;
/** Failures of one operation in one check that are told. */
const MOST_ALIKE = 5;
/** Characters of a failure's detail. */
const MOST_DETAIL = 800;
/** Requests at the same time. */
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
  const [fixed, waiting] = [plans.filter(({ varies }) => !varies), plans.filter(({ varies }) => varies)];
  const shares = waiting.reduce((sum, { wrong }) => sum + (wrong ? 2 : 1), 0);
  const rounds = Math.ceil(cases / ROUND);
  const each = Math.max(1, Math.ceil((cases / rounds - fixed.length * OF_THE_SAME / rounds) / Math.max(1, shares)));
  const tasks = (plan: (typeof plans)[number], round: number) => {
    const { operation, right, wrong, varies } = plan;
    const seed = plan.seed + round * SEEDS;
    return [
      () => conformance.right(operation, right, { numRuns: varies ? each : OF_THE_SAME, seed }),
      ...(wrong ? [() => conformance.wrong(operation, wrong, { numRuns: each, seed })] : []),
    ];
  };
  for (const { operation, right, seed } of plans) {
    await conformance.once(operation, fc.sample(right, { numRuns: 1, seed })[0]!);
  }
  // Those that tell of the whole service are asked while nothing comes and goes.
  for (const task of fixed.flatMap((plan) => tasks(plan, 0))) await task();
  for (let round = 0; round < rounds; round++) {
    const left = waiting.flatMap((plan) => tasks(plan, round));
    await Promise.all(Array.from({ length: run.lanes ?? LANES }, async () => {
      for (let task = left.shift(); task; task = left.shift()) await task();
    }));
    await resources.sweep();
    run.onRound?.(conformance.result());
  }
  return conformance.result();
}

class Conformance {
  readonly #counts = new Map<string, OperationCounts>();
  readonly #checks = new Map<string, number>();
  readonly #failures: ConformanceFailure[] = [];
  readonly #paths = new Set<string>();

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

  /** Asks right requests. */
  async right(
    operation: Operation,
    requests: fc.Arbitrary<PlannedRequest>,
    parameters: fc.Parameters<[PlannedRequest]>,
  ) {
    await this.#hold(operation, requests, (it, counted) => this.#positive(operation, it, counted), parameters);
  }

  /** Asks wrong requests. */
  async wrong(
    operation: Operation,
    requests: fc.Arbitrary<SpoiledRequest>,
    parameters: fc.Parameters<[SpoiledRequest]>,
  ) {
    await this.#hold(operation, requests, (it, counted) => this.#negative(operation, it, counted), parameters);
  }

  /** Keeps the smallest counterexample. Requests that make one smaller do not count. */
  async #hold<T>(
    operation: Operation,
    requests: fc.Arbitrary<T>,
    ask: (request: T, counted: boolean) => Promise<void>,
    parameters: fc.Parameters<[T]>,
  ): Promise<void> {
    let counted = true;
    const property = fc.asyncProperty(requests, async (request) => {
      try {
        await ask(request, counted);
      } catch (error) {
        counted = false;
        throw error;
      }
    });
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
  async #positive(operation: Operation, planned: PlannedRequest, counted: boolean): Promise<void> {
    const exchange = await this.#sent(operation, planned, (it) => it);
    if (counted) this.#tally(operation, exchange);
    this.#check(exchange, { ...ANSWER_CHECKS, positive_data_acceptance: positiveDataAcceptance });
    await this.#afterwards(operation, planned, exchange);
  }

  /** A request with one thing wrong; what was made for it is removed again. */
  async #negative(operation: Operation, { planned, spoiling }: SpoiledRequest, counted: boolean): Promise<void> {
    const exchange = await this.#sent(operation, planned, spoiling.apply);
    if (counted) this.#counts.get(operation.id)!.negative++;
    const later = await this.#toldLater(operation, exchange);
    const rejection = { negative_data_rejection: negativeDataRejection(spoiling.statuses, later) };
    this.#check(exchange, { ...ANSWER_CHECKS, ...rejection }, spoiling.how);
    await this.#remove(operation, planned, exchange);
  }

  #tally(operation: Operation, exchange: Exchange): void {
    const counts = this.#counts.get(operation.id)!;
    counts.positive++;
    if (isAccepted(exchange)) counts.accepted++;
    else {
      const kind = String(refusalOf(exchange.answer)?.type ?? exchange.answer.status).split(":").at(-1)!;
      counts.otherwise.set(kind, (counts.otherwise.get(kind) ?? 0) + 1);
    }
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

  /** What is told of a thing that is only accepted (202) by the streams below it, such as a job's results. */
  async #toldLater(operation: Operation, exchange: Exchange): Promise<Answer[]> {
    const kind = this.resources.kindOf(operation);
    if (exchange.answer.status !== 202 || kind?.create !== operation) return [];
    const { operations } = this.run.document;
    const id = this.#idOf(operation, exchange);
    const told: Answer[] = [];
    for (const below of operations.filter(({ method, path }) => method === "GET" && path.startsWith(`${kind.path}/`))) {
      const { answer } = await this.run.client.send(requestOf(below, { [kind.parameter]: id }));
      told.push(answer);
    }
    return told;
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
      if (fault !== undefined) throw new Disagreement(name, how ? `${fault} (${how})` : fault, exchange.request);
    }
  }

  async #stateful(check: string, { request }: Exchange, faults: Promise<string | undefined>): Promise<void> {
    this.#count(check);
    const fault = await faults;
    if (fault !== undefined) throw new Disagreement(check, fault, request);
  }

  #count(check: string): void {
    this.#checks.set(check, (this.#checks.get(check) ?? 0) + 1);
  }

  #keep(operation: Operation, error: unknown): void {
    if (!(error instanceof Disagreement || error instanceof NoAnswer)) throw error;
    const { check, detail, request } = error instanceof NoAnswer
      ? { check: "not_a_server_error", detail: error.message, request: error.request }
      : error;
    const alike = this.#failures.filter((it) => it.operation === operation.id && it.check === check).length;
    if (alike === MOST_ALIKE) return;
    this.#failures.push({ operation: operation.id, check, detail: short(detail), request: asCurl(request) });
  }
}

const short = (text: string) => text.length <= MOST_DETAIL ? text : `${text.slice(0, MOST_DETAIL)}…`;
