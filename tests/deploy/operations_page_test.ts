import { deepEqual, ok } from "node:assert/strict";
import { PROBLEMS } from "../../openapi/problem.ts";
import { METRICS } from "../../routes/metric_table.ts";
import { flagOf, ROWS } from "../../settings/table.ts";
import { DEPLOY } from "./expressions.ts";

const PAGE = await Deno.readTextFile(`${DEPLOY}../docs/operations.md`);

Deno.test("flags, metrics and problems that docs/operations.md names are those of the service", () => {
  const flags = ROWS.map(flagOf);
  const named = [...PAGE.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag!);
  ok(named.length > 10);
  deepEqual(named.filter((flag) => !flags.includes(flag)), []);
  const metrics: string[] = Object.values(METRICS).map(({ name }) => name);
  deepEqual(
    [...PAGE.matchAll(/`(midstream_[a-z_]+)`/g)].map(([, name]) => name!).filter((n) => !metrics.includes(n)),
    [],
  );
  const problems = [...PAGE.matchAll(/(?:\d{3} `([a-z-]+)`|`([a-z-]+)` \(\d{3}\))/g)].map(([, a, b]) => a ?? b!);
  ok(problems.length > 3);
  deepEqual(problems.filter((problem) => !(problem in PROBLEMS)), []);
});
