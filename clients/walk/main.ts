// Started by a test: `main.ts <client.ts> <plan.json>`.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Connect } from "./client_under_test.ts";
import { walk } from "./walk.ts";

const [client, plan] = process.argv.slice(2) as [string, string];
const { connect } = await import(pathToFileURL(client).href) as { connect: Connect };
await walk(connect, JSON.parse(await readFile(plan, "utf8")));
