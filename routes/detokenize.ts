import { TEXT_LINKS } from "../openapi/links.ts";
import { ALWAYS, headers, OF_A_BODY, OF_THE_MODEL, refusals } from "../openapi/responses.ts";
import { Refusal, refusalOf } from "../openapi/refusal.ts";
import { DetokenizeRequest, DetokenizeResponse } from "../openapi/schemas/tokenize.ts";
import { jsonBody } from "./json_body.ts";
import type { Operation } from "./operation.ts";
import { idFaults } from "./prompt_ids.ts";
import type { TokenParts } from "./tokenize.ts";

/** POST /detokenize: token ids as text. */
export function detokenize({ model, settings }: TokenParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/detokenize",
      operationId: "detokenizeIds",
      tags: ["tokens"],
      summary: "Put token ids into text",
      description: "Gives the text of all ids together, and the piece and text of each.",
      request: { body: { required: true, content: { "application/json": { schema: DetokenizeRequest } } } },
      responses: {
        200: {
          description: "The text.",
          headers: headers({}),
          content: { "application/json": { schema: DetokenizeResponse } },
          links: TEXT_LINKS,
        },
        ...refusals(...OF_A_BODY, "unknown-token", "no-tokenizer", ...OF_THE_MODEL, "timeout", ...ALWAYS),
      },
    },
    async handler(c) {
      const { ids } = await jsonBody(c, DetokenizeRequest, settings.maxBodyBytes);
      const { tokenizer, vocabulary, description } = model();
      const faults = idFaults(ids, ["ids"], description.vocabulary);
      if (faults.length > 0) throw refusalOf(faults);
      if ("unavailable" in tokenizer) {
        throw new Refusal("no-tokenizer", `text needs a tokenizer, and ${tokenizer.unavailable}`);
      }
      const tokens = ids.map((id, position) => ({ position, ...vocabulary.token(id) }));
      return c.json({ text: tokenizer.decode(ids), tokens });
    },
  };
}
