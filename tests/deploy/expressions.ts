import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const DEPLOY = fileURLToPath(new URL("../../deploy/", import.meta.url));

/** A PromQL expression, and where it stands. */
export interface Expression {
  readonly where: string;
  /** Without Grafana's own variables, which are no PromQL. */
  readonly text: string;
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

/** Every expression of the dashboards and of the alert rules. */
export async function expressions(): Promise<Expression[]> {
  const found: Expression[] = [];
  for (const name of await readdir(`${DEPLOY}grafana`)) {
    const { panels }: Dashboard = JSON.parse(await Deno.readTextFile(`${DEPLOY}grafana/${name}`));
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        found.push({ where: `${name}: ${title}`, text: expr.replaceAll("$__rate_interval", "5m") });
      }
    }
  }
  for (const name of await readdir(`${DEPLOY}alerts`)) {
    const { groups }: Rules = parse(await Deno.readTextFile(`${DEPLOY}alerts/${name}`));
    for (const { alert, expr } of groups.flatMap(({ rules }) => rules)) found.push({ where: alert, text: expr });
  }
  return found;
}
