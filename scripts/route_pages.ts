/**
 * `deno task routes`: asks a running service every route of its document by curl, and writes the answers into docs/routes.md,
 * those of another shape than the page has; with --anew all.
 */
import type { Json } from "../openapi/json.ts";
import { TestHub } from "../model/checkpoint/hub/test_hub.ts";
import { runService } from "../tests/service/running_service.ts";
import { type AnsweredRoute, askRoutes } from "./route_pages/ask.ts";
import { REFUSALS, routesOf } from "./route_pages/curls.ts";
import { readPage, writePage } from "./route_pages/page.ts";

export const ROUTES_PAGE = new URL("../docs/routes.md", import.meta.url);
const COMMIT = "3f1d9c27a08e4b56f7c2d1908ab64e53c7f0912d";
const LENS = new URL("../demo/lenses/jacobian.pt", import.meta.url);

const ABOUT_REFUSALS =
  "A refusal is a problem (RFC 9457): what was wrong, where, and what would be right. Each route's own are in the document.";

/** What the demo answers now, and the document's tags with their descriptions. */
export async function answeredRoutes(): Promise<{ routes: AnsweredRoute[]; tags: Record<string, string> }> {
  const cache = await Deno.makeTempDir();
  try {
    // The hub of the document's example of an import.
    const files = { "stories/jacobian.pt": await Deno.readFile(LENS) };
    await using hub = new TestHub([
      { id: "spaces/lab/lenses", commits: { [COMMIT]: files }, refs: { main: COMMIT } },
    ]);
    await using service = await runService([], { HF_HOME: cache, HF_ENDPOINT: hub.endpoint });
    const document = await (await fetch(`${service.url}/openapi.json`)).json() as Json;
    const tags = (document.tags as Json[]).map(({ name, description }) => [String(name), String(description)]);
    const routes = await askRoutes([...routesOf(document), REFUSALS], service.url);
    return { routes, tags: { ...Object.fromEntries(tags), [REFUSALS.tag]: ABOUT_REFUSALS } };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

if (import.meta.main) {
  const { routes, tags } = await answeredRoutes();
  const before = Deno.args.includes("--anew") ? [] : readPage(await Deno.readTextFile(ROUTES_PAGE));
  await Deno.writeTextFile(ROUTES_PAGE, writePage(routes, tags, before));
}
