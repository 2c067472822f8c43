import { LENS_ID, type LensEntry, type LensLibrary } from "../../lens/library/types.ts";
import type { ProblemName } from "../../openapi/problem.ts";
import { quote, Refusal } from "../../openapi/refusal.ts";
import type { ServiceContext } from "../env.ts";

/** Id of the lens that is built in. */
export const LOGIT = "logit";

/** The id in the path, as it is. */
export const pathId = (c: ServiceContext): string => c.req.param("lens_id") ?? "";

/**
 * The id in the path of a request that would make or change a lens.
 * @throws {Refusal} 422, of the built-in lens 409
 */
export function changeableId(c: ServiceContext): string {
  const id = pathId(c);
  if (id === LOGIT) {
    throw refused("conflict", `${quote(LOGIT)} is the built-in lens: it cannot be replaced, changed or deleted`);
  }
  if (LENS_ID.test(id)) return id;
  throw refused("invalid-request", `${quote(id)} cannot be the id of a lens: it must match ${LENS_ID.source}`);
}

const refused = (problem: ProblemName, detail: string) =>
  new Refusal(problem, detail, [{ in: "path", name: "lens_id", detail }]);

/** @throws {Refusal} 404 */
export async function existingLens(lenses: LensLibrary, id: string): Promise<LensEntry> {
  const entry = LENS_ID.test(id) ? await lenses.get(id) : null;
  if (entry === null) {
    throw new Refusal("not-found", `there is no lens ${quote(id)}; GET /lenses lists those there are`);
  }
  return entry;
}
