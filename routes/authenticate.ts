import { createMiddleware } from "hono/factory";
import type { AuditLog } from "../lab/audit/audit_log.ts";
import { ANYBODY, type Caller, may, type Role } from "../lab/keys/caller.ts";
import type { FailedAttempts } from "../lab/keys/failed_attempts.ts";
import type { Keyring } from "../lab/keys/keyring.ts";
import type { QuotaLedger, QuotaState } from "../lab/quota/quotas.ts";
import type { ProblemName } from "../openapi/problem.ts";
import { Refusal } from "../openapi/refusal.ts";
import { type ServiceContext, type ServiceEnv, sourceOf } from "./env.ts";

/** Who may use an operation: everybody, or who has a key of at least that role. */
export type Access = "public" | Role;

/** Keys of a service, and what happens to those who have none. */
export interface Gate {
  readonly keyring: Pick<Keyring, "authenticate">;
  readonly attempts: Pick<FailedAttempts, "add">;
}

export interface AuthenticateParts {
  /** null: the service has no keys, and everybody may everything. */
  readonly gate: Gate | null;
  readonly audit: Pick<AuditLog, "write">;
  readonly quotas: Pick<QuotaLedger, "states">;
}

/**
 * Lets those in who may use an operation, and tells its handler who they are.
 *
 * @example
 * ```ts
 * app.post("/probe", authenticate(parts, "read"), handler);
 * ```
 */
export function authenticate({ gate, audit, quotas }: AuthenticateParts, access: Access) {
  return createMiddleware<ServiceEnv>(async function authenticate(c, next) {
    c.set("caller", gate === null || access === "public" ? ANYBODY : admitted(c, gate, audit, access));
    await next();
    tellQuotas(c, await quotas.states(c.get("caller")));
  });
}

function admitted(c: ServiceContext, gate: Gate, audit: AuthenticateParts["audit"], role: Role): Caller {
  const secret = bearer(c.req.header("Authorization"));
  const caller = secret === null ? null : gate.keyring.authenticate(secret);
  if (caller === null) {
    const wait = gate.attempts.add(c.get("address"));
    if (wait > 0) {
      throw new Refusal("too-many-attempts", `too many requests without a key of this service: wait ${wait} s`, [], {
        "Retry-After": String(wait),
      });
    }
    throw refused(c, audit, secret === null ? "key-missing" : "key-unknown");
  }
  c.set("caller", caller);
  if (!may(caller, role)) {
    throw refused(c, audit, "role-too-low", `the key ${caller.id} is ${caller.role}; this needs ${role}`);
  }
  return caller;
}

/** RFC 6750, 2.1; the scheme's name in any case (RFC 9110, 11.1). */
function bearer(header: string | undefined): string | null {
  return /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header ?? "")?.[1] ?? null;
}

const DETAILS = {
  "key-missing": "this service needs a key: Authorization: Bearer <secret>",
  "key-unknown": "no key of this service has that secret; it may have been revoked or rotated",
} as const;

const CHALLENGES = {
  "key-missing": 'Bearer realm="midstream"',
  "key-unknown": 'Bearer realm="midstream", error="invalid_token"',
} as const;

function refused(
  c: ServiceContext,
  audit: AuthenticateParts["audit"],
  problem: Extract<ProblemName, "key-missing" | "key-unknown" | "role-too-low">,
  detail?: string,
): Refusal {
  audit.write({ event: "refused", problem, method: c.req.method, path: c.req.path.slice(0, 200) }, sourceOf(c));
  if (problem === "role-too-low") return new Refusal(problem, detail ?? "");
  const fault = { in: "header", name: "Authorization", detail: DETAILS[problem] } as const;
  return new Refusal(problem, DETAILS[problem], [fault], { "WWW-Authenticate": CHALLENGES[problem] });
}

/** What a key has left, as draft-ietf-httpapi-ratelimit-headers has it. */
function tellQuotas(c: ServiceContext, states: readonly QuotaState[]): void {
  if (states.length === 0) return;
  const item = (name: string, parameters: Record<string, number | null>) =>
    [`"${name}"`, ...Object.entries(parameters).flatMap(([key, value]) => value === null ? [] : [`${key}=${value}`])]
      .join(";");
  c.header(
    "RateLimit-Policy",
    states.map(({ name, quota: q, windowSeconds: w }) => item(name, { q, w })).join(", "),
  );
  c.header("RateLimit", states.map(({ name, remaining: r, resetSeconds: t }) => item(name, { r, t })).join(", "));
}
