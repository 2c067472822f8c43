/** What a key may do; each may what the one before may. */
export const ROLES = ["read", "upload", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Bounds of one key; what is left out is not bounded. */
export interface Quotas {
  /** Tokens of prompts a minute. */
  readonly promptTokensPerMinute?: number;
  /** Decoded rows a minute. */
  readonly rowsPerMinute?: number;
  /** Requests that need the model and are not answered yet. */
  readonly requestsInFlight?: number;
  /** Bytes of the lenses it has stored. */
  readonly lensBytes?: number;
  /** Jobs of it that are not finished. */
  readonly jobsQueued?: number;
}

/** Who asks. */
export interface Caller {
  /** Id of the key; null where the service has no keys: everybody is one caller then, who may everything. */
  readonly id: string | null;
  readonly role: Role;
  readonly quotas: Quotas;
}

/** The one caller of a service without keys. */
export const ANYBODY: Caller = { id: null, role: "admin", quotas: {} };

/** Whether a caller's role is enough. */
export function may(caller: Caller, role: Role): boolean {
  return ROLES.indexOf(caller.role) >= ROLES.indexOf(role);
}

/** What belongs to a key: a lens, a job. */
export interface Owned {
  /** Id of the key that made it; null: made where there were no keys. */
  readonly owner: string | null;
  readonly shared: boolean;
}

/** Whether a caller may know that it exists. What nobody owns is everybody's to see. */
export function maySee(caller: Caller, { owner, shared }: Owned): boolean {
  return shared || owner === null || mayChange(caller, { owner });
}

/** Whether a caller may change or remove it, as far as ownership goes; its role is another question. */
export function mayChange(caller: Caller, { owner }: Pick<Owned, "owner">): boolean {
  return caller.id === owner || may(caller, "admin");
}
