import { TOKEN_LINKS } from "../openapi/links.ts";
import { ALWAYS, headers, OF_A_BODY, OF_A_TEXT, OF_THE_MODEL, refusals, SERVER_TIMING } from "../openapi/responses.ts";
import { refusalOf } from "../openapi/refusal.ts";
import { TokenizeRequest, TokenizeResponse } from "../openapi/schemas/tokenize.ts";
import { report } from "./env.ts";
import { jsonBody } from "./json_body.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";
import type { AppSettings } from "./parts.ts";
import { promptIds } from "./prompt_ids.ts";

export interface TokenParts {
  readonly model: () => LoadedModel;
  readonly settings: Pick<AppSettings, "maxBodyBytes">;
}

/** POST /tokenize: a text or chat as token ids. */
export function tokenize({ model, settings }: TokenParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/tokenize",
      operationId: "tokenizePrompt",
      tags: ["tokens"],
      summary: "Split a text into tokens",
      description: "Gives the token ids that a probe of the same prompt would run, each with its piece and text.",
      request: { body: { required: true, content: { "application/json": { schema: TokenizeRequest } } } },
      responses: {
        200: {
          description: "The tokens.",
          headers: headers(SERVER_TIMING),
          content: { "application/json": { schema: TokenizeResponse } },
          links: TOKEN_LINKS,
        },
        ...refusals(...OF_A_BODY, ...OF_A_TEXT, ...OF_THE_MODEL, "timeout", ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, TokenizeRequest, settings.maxBodyBytes);
      report(c, { prompt: request.prompt });
      const loaded = model();
      const began = performance.now();
      const prompt = promptIds(request.prompt, request.add_special_tokens ?? true, loaded);
      if ("faults" in prompt) throw refusalOf(prompt.faults);
      c.header("Server-Timing", `tokenize;dur=${(performance.now() - began).toFixed(3)}`);
      const tokens = prompt.ids.map((id, position) => ({ position, ...loaded.vocabulary.token(id) }));
      return c.json({ ids: prompt.ids, tokens });
    },
  };
}
