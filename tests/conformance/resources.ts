import { isObject, type Json, type JsonValue } from "../../openapi/json.ts";
import type { Client, OperationRequest } from "./client.ts";
import type { Operation } from "./document/operation.ts";
import type { ServedDocument } from "./document/served_document.ts";

/** Lists that are swept one after the other. */
const MOST_SWEEPS = 100;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * What the service keeps under an id that a client made, as the document tells: a path that ends in a parameter, and an
 * operation that puts a thing there (201), or posts it to the path above (201 or 202, Location).
 */
export interface ResourceKind {
  readonly path: string;
  /** Name of the parameter that holds the id. */
  readonly parameter: string;
  readonly create: Operation;
  readonly read: Operation | undefined;
  readonly remove: Operation | undefined;
  /** Lists them, each with its `id`. */
  readonly list: Operation | undefined;
}

export function resourceKinds({ operations }: ServedDocument): ResourceKind[] {
  const at = (method: string, path: string) => operations.find((it) => it.method === method && it.path === path);
  const creates = (operation: Operation | undefined) =>
    operation &&
      ["201", "202"].some((status) =>
        operation.responses.get(status)?.headers.some(({ name }) => name.toLowerCase() === "location")
      )
      ? operation
      : undefined;
  return [...new Set(operations.map(({ path }) => path))].flatMap((path) => {
    const [, parent = "", parameter = ""] = /^(.*)\/\{([^{}]+)\}$/.exec(path) ?? [];
    const create = creates(at("PUT", path)) ?? creates(at("POST", parent));
    if (parameter === "" || !create) return [];
    return [{
      path,
      parameter,
      create,
      read: at("GET", path),
      remove: at("DELETE", path),
      list: at("GET", parent),
    }];
  });
}

/** The things that a service has, and new ones. */
export class Resources {
  readonly kinds: readonly ResourceKind[];
  readonly #ids = new Map<ResourceKind, string[]>();
  /** Bodies that make a thing, by media type. */
  readonly #files = new Map<string, Bytes[]>();
  #made = 0;

  private constructor(private readonly document: ServedDocument, private readonly client: Client) {
    this.kinds = resourceKinds(document);
  }

  /** Asks the service what it has, and downloads what can be uploaded again. */
  static async of(document: ServedDocument, client: Client): Promise<Resources> {
    const resources = new Resources(document, client);
    for (const kind of resources.kinds) {
      const ids = await resources.#listed(kind);
      resources.#ids.set(kind, ids);
      for (const id of ids) await resources.#download(kind, id);
    }
    return resources;
  }

  /** The kind of thing that an operation makes, or that its path leads to. */
  kindOf(operation: Operation): ResourceKind | undefined {
    const leadsTo = ({ path }: ResourceKind) => operation.path === path || operation.path.startsWith(`${path}/`);
    return this.kinds.find((kind) => kind.create === operation || leadsTo(kind));
  }

  /** Ids of what was there at the start. */
  idsOf(kind: ResourceKind): readonly string[] {
    return this.#ids.get(kind) ?? [];
  }

  /** Ids whose own parameter has this pattern. */
  byPattern(pattern: string): readonly string[] {
    return this.kinds.filter((kind) => this.#parameterSchema(kind)?.pattern === pattern).flatMap((it) =>
      this.idsOf(it)
    );
  }

  /** Real bodies of a media type. */
  files(mediaType: string): readonly Bytes[] {
    return this.#files.get(mediaType) ?? [];
  }

  /** An id that nothing has. */
  freshId(): string {
    return `conformance-${++this.#made}`;
  }

  /** What stands in the path of a request that makes a thing: an id that nothing has, where the client names it. */
  freshPath({ create, path, parameter }: ResourceKind): Readonly<Record<string, string>> {
    return create.path === path ? { [parameter]: this.freshId() } : {};
  }

  /**
   * Makes a new thing.
   * @throws where the service refuses it
   */
  async make(kind: ResourceKind): Promise<string> {
    const { create } = kind;
    const [body] = create.bodies;
    const bytes = body && (this.files(body.mediaType).at(-1) ?? jsonBytes(body.examples[0]));
    const path = this.freshPath(kind);
    const { answer } = await this.client.send({
      ...requestOf(create, path),
      headers: body ? { "content-type": body.mediaType } : {},
      ...(bytes ? { body: bytes } : {}),
    });
    if (answer.status >= 300) throw new Error(`${create.id} makes nothing to test with: ${answer.status}`);
    return path[kind.parameter] ?? idOf(answer.headers.get("location"));
  }

  /** Removes everything that was not there at the start; a list may have pages, and a removal two steps. */
  async sweep(): Promise<void> {
    for (const kind of this.kinds.filter(({ remove }) => remove)) {
      const known = new Set(this.idsOf(kind));
      for (let time = 0; time < MOST_SWEEPS; time++) {
        const others = (await this.#listed(kind)).filter((id) => !known.has(id));
        if (others.length === 0) break;
        for (const id of others) await this.client.send(requestOf(kind.remove!, { [kind.parameter]: id }));
      }
    }
  }

  async #listed({ list }: ResourceKind): Promise<string[]> {
    if (!list) return [];
    const { answer } = await this.client.send(requestOf(list, {}));
    if (answer.status !== 200) return [];
    const json = JSON.parse(new TextDecoder().decode(answer.body)) as JsonValue;
    const lists = Object.values(isObject(json) ? json : {}).filter(Array.isArray) as JsonValue[][];
    return lists.flat().flatMap((item) => isObject(item) && typeof item.id === "string" ? [item.id] : []);
  }

  async #download(kind: ResourceKind, id: string): Promise<void> {
    for (const { mediaType } of kind.create.bodies) {
      const download = this.document.operations.find(({ method, path, responses }) =>
        method === "GET" && path.startsWith(`${kind.path}/`) && responses.get("200")?.content.has(mediaType)
      );
      if (!download || mediaType === "application/json") continue;
      const { answer } = await this.client.send(requestOf(download, { [kind.parameter]: id }));
      if (answer.status === 200) this.#files.set(mediaType, [...this.files(mediaType), answer.body]);
    }
  }

  #parameterSchema({ create, read, parameter }: ResourceKind): Json | undefined {
    const schema = [create, read].flatMap((it) => it?.parameters ?? []).find(({ name }) => name === parameter)?.schema;
    return schema && this.document.resolve(schema);
  }
}

/** The plainest request of an operation. */
export function requestOf(operation: Operation, path: Readonly<Record<string, string>>): OperationRequest {
  return { operation, method: operation.method, path, query: [], headers: {} };
}

const jsonBytes = (value: JsonValue | undefined): Bytes | undefined =>
  value === undefined ? undefined : new TextEncoder().encode(JSON.stringify(value));

/** The id at the end of a Location. */
export const idOf = (location: string | null) => decodeURIComponent(location?.split("/").at(-1) ?? "");
