import { compareSchemas, type Direction } from "./compare_schemas.ts";
import { type Differences, differences } from "./differences.ts";
import { isObject, type Json, type JsonValue } from "./json.ts";
import { resolver } from "./resolver.ts";

/**
 * What a client of one document meets in another. Breaking: a path, operation, parameter, status, media type, header,
 * member or enum value that is gone, a type that is narrower for requests or wider for answers, and a member or parameter
 * that a request must have and needed not. All else is an addition; words and examples are neither.
 */
export function compare(before: Json, after: Json): Differences {
  const found = differences();
  const of = { before: resolver(before), after: resolver(after) };
  const schemas = (a: JsonValue | undefined, b: JsonValue | undefined, direction: Direction, at: string) =>
    compareSchemas({ schema: a, resolve: of.before }, { schema: b, resolve: of.after }, direction, at, found);

  eachMember(
    before.paths,
    after.paths,
    "",
    (path, pathItem, nextItem) =>
      eachMember(pathItem, nextItem, `${path} `, (method, operation, next) => {
        const at = `${method.toUpperCase()} ${path}`;
        parameters(operation, next, at);
        requestBody(of.before(operation.requestBody), of.after(next.requestBody), at);
        eachMember(operation.responses, next.responses, `${at} → `, (status, response, nextResponse) => {
          const [a, b] = [of.before(response), of.after(nextResponse)];
          eachMember(a.headers, b.headers, `${at} → ${status} header `, (name, header, nextHeader) =>
            schemas(
              of.before(header).schema,
              of.after(nextHeader).schema,
              "answer",
              `${at} → ${status} header ${name}`,
            ));
          eachMember(
            a.content,
            b.content,
            `${at} → ${status} `,
            (type, media, nextMedia) => schemas(media.schema, nextMedia.schema, "answer", `${at} → ${status} ${type}`),
          );
        });
      }),
  );
  return found;

  /** Calls back for what both have; tells of what only one has. */
  function eachMember(
    a: JsonValue | undefined,
    b: JsonValue | undefined,
    at: string,
    both: (name: string, a: Json, b: Json) => void,
  ): void {
    const [old, now] = [isObject(a) ? a : {}, isObject(b) ? b : {}];
    for (const name of Object.keys(old)) if (!(name in now)) found.breaking.push(`${at}${name} is gone`);
    for (const [name, value] of Object.entries(now)) {
      const earlier = old[name];
      if (earlier === undefined) found.additions.push(`${at}${name} is new`);
      else if (isObject(earlier) && isObject(value)) both(name, earlier, value);
    }
  }

  function parameters(operation: Json, next: Json, at: string): void {
    const byName = (list: JsonValue | undefined, resolve: typeof of.before) =>
      Object.fromEntries(((list ?? []) as Json[]).map(resolve).map((it) => [`${it.in} parameter ${it.name}`, it]));
    const [old, now] = [byName(operation.parameters, of.before), byName(next.parameters, of.after)];
    eachMember(old, now, `${at} `, (name, a, b) => {
      if (!a.required && b.required) found.breaking.push(`${at} ${name} must now be given`);
      if (a.required && !b.required) found.additions.push(`${at} ${name} may now be left out`);
      schemas(a.schema, b.schema, "request", `${at} ${name}`);
    });
    for (const [name, parameter] of Object.entries(now)) {
      if (!(name in old) && parameter.required) found.breaking.push(`${at} ${name} is new and must be given`);
    }
  }

  function requestBody(a: Json, b: Json, at: string): void {
    if (!a.required && b.required) found.breaking.push(`${at} body must now be given`);
    eachMember(
      a.content,
      b.content,
      `${at} body `,
      (type, media, next) => schemas(media.schema, next.schema, "request", `${at} body ${type}`),
    );
  }
}

/** Lines told of each kind: the count says how many there are. */
const TOLD = 40;

/** The differences as text, breaking ones first. */
export function told({ breaking, additions }: Differences): string {
  if (breaking.length + additions.length === 0) return "nothing changed but words or examples";
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${lines.length} ${title}:`, ...lines.slice(0, TOLD).map((line) => `- ${line}`)];
  return [...list("BREAKING", breaking), ...list("additions", additions)].join("\n");
}
