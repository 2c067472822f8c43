import { z } from "@hono/zod-openapi";
import { type NamedFault, refusalOf } from "../../openapi/refusal.ts";
import type { ServiceContext } from "../env.ts";
import { schemaFaults } from "../schema_faults.ts";

/**
 * Reads the query by a schema of texts, whole numbers and booleans; each member at most once.
 * @throws {Refusal} 422 with every fault
 */
export function readQuery<S extends z.ZodObject>(c: ServiceContext, schema: S): z.output<S> {
  const parameters = [...new URL(c.req.url).searchParams];
  const twice = new Set(parameters.map(([name]) => name).filter((name, at, all) => all.indexOf(name) !== at));
  const values = Object.fromEntries(parameters.map(([name, text]) => [name, valueOf(text, schema.shape[name])]));
  const result = schema.safeParse(values, { reportInput: true });
  const faults: NamedFault[] = [
    ...[...twice].map((name) => fault(name, `${JSON.stringify(name)} is given more than once`)),
    ...(result.success
      ? []
      : schemaFaults(result.error.issues).map(({ pointer = "", detail }) => fault(pointer.slice(1), detail))),
  ];
  if (faults.length > 0 || !result.success) throw refusalOf(faults);
  return result.data;
}

function fault(name: string, detail: string): NamedFault {
  return { problem: "invalid-request", in: "query", name, detail };
}

/** A query holds texts only: what its schema wants otherwise is read from them. */
function valueOf(text: string, member: unknown): unknown {
  const wanted = member instanceof z.ZodOptional ? member.unwrap() : member;
  if (wanted instanceof z.ZodBoolean && (text === "true" || text === "false")) return text === "true";
  if (wanted instanceof z.ZodNumber && /^-?\d{1,15}$/.test(text)) return Number(text);
  return text;
}
