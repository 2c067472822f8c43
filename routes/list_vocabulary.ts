import { VOCABULARY_LINKS } from "../openapi/links.ts";
import { type NamedFault, Refusal, refusalOf } from "../openapi/refusal.ts";
import { RevalidationHeaders } from "../openapi/request_headers.ts";
import { ALWAYS, ETAG, headers, OF_THE_MODEL, refusals } from "../openapi/responses.ts";
import { VocabularyPage, VocabularyQuery } from "../openapi/schemas/vocabulary.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { etagOf, tagged } from "./etag.ts";
import { readQuery } from "./lenses/read_query.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";

/** Tokens of a page. */
const DEFAULT_LIMIT = 20;

/** GET /vocabulary: tokens by their text or id. */
export function listVocabulary({ model }: { readonly model: () => LoadedModel }): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/vocabulary",
      operationId: "listVocabulary",
      tags: ["tokens"],
      summary: "Look tokens up",
      description:
        "Finds tokens by `q`, best first: the text itself, the same after a space, what begins with it (after a " +
        "space, too), what contains it; of equals the shorter, then the lower id. A token that is no text is found by its " +
        "piece, and each by its whole piece. `ids` gives tokens by id; without either, the vocabulary in order of ids. " +
        "The ids found are what `track_ids` of a probe takes.",
      request: { query: VocabularyQuery, headers: RevalidationHeaders },
      responses: {
        200: {
          description: "A page of tokens.",
          headers: headers(ETAG),
          content: { "application/json": { schema: VocabularyPage } },
          links: VOCABULARY_LINKS,
        },
        304: { description: "What If-None-Match names is still right.", headers: headers(ETAG) },
        ...refusals(
          "invalid-request",
          "conflicting-members",
          "unknown-token",
          "no-tokenizer",
          ...OF_THE_MODEL,
          "timeout",
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const query = readQuery(c, VocabularyQuery);
      const { tokenizer, description } = model();
      const ids = query.ids?.split(",").map(Number);
      const faults = [...conflicts(query), ...unknownIds(ids ?? [], description.vocabulary)];
      if (faults.length > 0) throw refusalOf(faults);
      if ("unavailable" in tokenizer) {
        throw new Refusal("no-tokenizer", `what a token says needs a tokenizer, and ${tokenizer.unavailable}`);
      }
      // Its tag is of the bytes: a tokenizer may change beside the same weights.
      const text = JSON.stringify(
        ids ? { tokens: described(ids, tokenizer), total: ids.length, cursor: null } : await page(
          query,
          tokenizer,
          description.vocabulary,
        ),
      );
      return tagged(c, text, await etagOf(text));
    },
  };
}

async function page(
  { q, match = "contains", limit = DEFAULT_LIMIT, cursor = "0" }: VocabularyQuery,
  tokenizer: Tokenizer,
  vocabulary: number,
): Promise<VocabularyPage> {
  const found = q === undefined ? undefined : await tokenizer.search(q, match);
  const total = found?.length ?? vocabulary;
  const from = Math.min(Number(cursor), total);
  const to = Math.min(from + limit, total);
  const ids = Array.from({ length: to - from }, (_, at) => found ? found[from + at]! : from + at);
  return { tokens: described(ids, tokenizer), total, cursor: to < total ? String(to) : null };
}

function described(ids: readonly number[], tokenizer: Tokenizer): VocabularyPage["tokens"] {
  return ids.map((id) => ({ ...tokenizer.token(id), kind: tokenizer.kind(id) }));
}

/** Parameters that would say nothing. */
function conflicts(query: VocabularyQuery): NamedFault[] {
  const alone = (["q", "match", "limit", "cursor"] as const).filter((name) => query[name] !== undefined);
  if (query.ids !== undefined) return alone.map((name) => conflict(name, `${name} does not go with ids`));
  return query.match !== undefined && query.q === undefined ? [conflict("match", "match needs q")] : [];
}

function conflict(name: string, detail: string): NamedFault {
  return { problem: "conflicting-members", in: "query", name, detail };
}

function unknownIds(ids: readonly number[], vocabulary: number): NamedFault[] {
  return ids.filter((id) => id >= vocabulary).map((id) => ({
    problem: "unknown-token",
    in: "query",
    name: "ids",
    detail: `token id ${id} is outside the vocabulary: ids are 0 to ${vocabulary - 1}`,
  }));
}
