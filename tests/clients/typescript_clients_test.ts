import { runCommand } from "../../scripts/clients/run_command.ts";
import { testClients } from "./walk_test_cases.ts";

const TSC = "node_modules/typescript/bin/tsc";
const STRICT = [
  "--strict",
  "--noEmit",
  "--module",
  "preserve",
  "--moduleResolution",
  "bundler",
  "--allowImportingTsExtensions",
  "--target",
  "es2022",
  "--lib",
  "es2023,dom,dom.iterable,dom.asynciterable",
  "--types",
  "node",
  "--skipLibCheck",
];

await testClients("typescript", {
  check: ({ client, folder }) => {
    const args = ["run", "-A", "--no-lock", TSC, ...STRICT, "client.ts", "misspelt.ts", "../walk/main.ts"];
    return runCommand(Deno.execPath(), args, { cwd: `${folder}/${client.name}` });
  },
  error: /: error TS\d+:/,
  walk: ({ client, folder }, plan) => {
    const args = ["run", "-A", "--no-check", "--no-lock", "../walk/main.ts", "client.ts", plan];
    return runCommand(Deno.execPath(), args, { cwd: `${folder}/${client.name}` });
  },
});
