import assert from "node:assert/strict";
import { join } from "node:path";
import { type Role, ROLES } from "../lab/keys/caller.ts";
import { addKey } from "../lab/keys/key_file.ts";
import { isObject, type Json, member } from "../openapi/json.ts";
import { runService } from "./service/running_service.ts";

/** Who may use an operation. What is not here is not decided: the test fails on a route that is added without it. */
const ACCESS: Readonly<Record<string, "public" | Role>> = {
  createProbe: "read",
  streamProbe: "read",
  estimateProbe: "read",
  createProbeBatch: "read",
  streamProbeBatch: "read",
  createActivations: "read",
  tokenizePrompt: "read",
  detokenizeIds: "read",
  listLenses: "read",
  getLens: "read",
  getLensWeights: "read",
  putLens: "upload",
  updateLens: "upload",
  deleteLens: "upload",
  createImport: "upload",
  getModel: "read",
  getSelfCheck: "read",
  getLiveness: "public",
  getReadiness: "public",
  getMetrics: "admin",
  getDocument: "public",
  getOlderDocument: "public",
};

/** Operations on a thing that another key may own: what they answer for one that is hidden, and for one that is shared. */
const OF_ANOTHER: Readonly<Record<string, { readonly hidden: number; readonly shared: number | "served" }>> = {
  getLens: { hidden: 404, shared: "served" },
  getLensWeights: { hidden: 404, shared: "served" },
  putLens: { hidden: 404, shared: 403 },
  updateLens: { hidden: 404, shared: 403 },
  deleteLens: { hidden: 404, shared: 403 },
};

interface Asked {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

const LENS = await Deno.readFile(new URL("../demo/lenses/jacobian.pt", import.meta.url));

/** Every operation of the document, with the body of its example. */
function operationsOf(document: Json): Asked[] {
  return Object.entries(member(document, "paths")).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, operation]) => {
      const content = member(operation as Json, "requestBody", "content", "application/json");
      const { example } = isObject(content) ? content : {};
      return {
        operationId: String((operation as Json).operationId),
        method: method.toUpperCase(),
        path,
        body: example === undefined ? undefined : JSON.stringify(example),
      };
    })
  );
}

Deno.test("every route × no key, wrong key, read, upload, admin, another's object, hidden and shared", async () => {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "keys.json");
  const secrets: Record<string, string> = { wrong: "midstream_wrong" };
  for (const id of [...ROLES, "owner"]) {
    secrets[id] = (await addKey(file, { id, role: id === "owner" ? "upload" : id as Role })).secret;
  }
  try {
    await using service = await runService(["--keys", file], { HF_HUB_OFFLINE: "1" });
    const ask = async ({ method, path, operationId, body }: Asked, who: string, lens: string) => {
      const response = await fetch(service.url + path.replace("{lens_id}", lens), {
        method,
        headers: {
          ...(who in secrets ? { Authorization: `Bearer ${secrets[who]}` } : {}),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(operationId === "putLens" ? { body: LENS } : body === undefined ? {} : { body }),
      });
      await response.body?.cancel();
      return response.status;
    };
    const owned = async (lens: string, who: string, shared: boolean) => {
      const response = await fetch(`${service.url}/lenses/${lens}?shared=${shared}`, {
        method: "PUT",
        headers: { Authorization: `Bearer ${secrets[who]}` },
        body: LENS,
      });
      assert.equal(response.status, 201);
      await response.body?.cancel();
    };
    const response = await fetch(`${service.url}/openapi.json`);
    const operations = operationsOf(await response.json());
    assert.deepEqual(
      operations.map(({ operationId }) => operationId).sort(),
      Object.keys(ACCESS).sort(),
      "who may use a route is decided in this table",
    );
    const wrong: string[] = [];
    const expect = async (asked: Asked, who: string, lens: string, expected: number | "served") => {
      const status = await ask(asked, who, lens);
      // Let in: what it then says is the operation's own affair; there is no hub here, so an import is a 424.
      const right = expected === "served"
        ? ![401, 403, 404, 429].includes(status) && status < 500
        : status === expected;
      if (!right) wrong.push(`${asked.operationId} as ${who} on ${lens}: ${status}, not ${expected}`);
    };
    for (const asked of operations) {
      const access = ACCESS[asked.operationId]!;
      for (const who of ["nobody", "wrong"]) {
        await expect(asked, who, "tuned", access === "public" ? "served" : 401);
      }
      for (const who of ROLES) {
        const lens = `of-${who}`;
        if (asked.path.includes("{lens_id}") && asked.method !== "PUT" && access !== "public") {
          // Its own, where its role can have one.
          if (who !== "read") await owned(lens, who, false);
        }
        const enough = access === "public" || ROLES.indexOf(who) >= ROLES.indexOf(access);
        const target = who === "read" ? "tuned" : lens;
        await expect(asked, who, target, enough ? "served" : 403);
        await fetch(`${service.url}/lenses/${lens}`, {
          method: "DELETE",
          headers: { Authorization: `Bearer ${secrets["admin"]}` },
        });
      }
      if (!asked.path.includes("{")) continue;
      const { hidden, shared } = OF_ANOTHER[asked.operationId] ??
        assert.fail(`${asked.operationId} of another's object`);
      for (const [lens, expected] of [["hidden", hidden], ["shared", shared]] as const) {
        await owned(lens, "owner", lens === "shared");
        await expect(asked, "upload", lens, expected);
        await expect(asked, "admin", lens, "served");
        await fetch(`${service.url}/lenses/${lens}`, {
          method: "DELETE",
          headers: { Authorization: `Bearer ${secrets["admin"]}` },
        });
      }
    }
    assert.deepEqual(wrong, []);
    // What is hidden is in nobody's list, nor may a probe read through it.
    await owned("hidden", "owner", false);
    const as = (who: string) => ({ Authorization: `Bearer ${secrets[who]}`, "Content-Type": "application/json" });
    const listed = async (who: string) =>
      (await (await fetch(`${service.url}/lenses`, { headers: as(who) })).json()).lenses.map(({ id }: Json) => id);
    assert.ok((await listed("owner")).includes("hidden") && !(await listed("upload")).includes("hidden"));
    const probe = await service.post("/probe", { prompt: "One day", lenses: ["hidden"] }, { headers: as("upload") });
    assert.equal(probe.status, 422);
    assert.doesNotMatch(await probe.text(), /there is .*hidden/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
