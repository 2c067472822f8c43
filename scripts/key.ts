import { parseArgs } from "node:util";
import { type Quotas, type Role, ROLES } from "../lab/keys/caller.ts";
import { addKey, readKeyFile, revokeKey, rotateKey } from "../lab/keys/key_file.ts";
import { KeyFileError, QUOTA_NAMES } from "../lab/keys/key_record.ts";

const quotaFlags = Object.fromEntries(
  Object.entries(QUOTA_NAMES).map(([name, quota]) => [name.replaceAll("_", "-"), quota]),
);

const USAGE = `deno task key add <id> --role ${ROLES.join("|")}   makes a key and shows its secret, once
deno task key list                              lists the keys
deno task key rotate <id>                       a new secret; the old one is worth nothing from then on
deno task key revoke <id>                       takes it away
--keys <file> names the key file (or MIDSTREAM_KEYS; keys.json here otherwise)
Bounds of a new key, whole numbers: ${Object.keys(quotaFlags).map((flag) => `--${flag}`).join(", ")}
A running service hears of a change within a second.`;

function parse() {
  const { values, positionals } = parseArgs({
    args: Deno.args.filter((argument) => argument !== "--"),
    allowPositionals: true,
    options: {
      help: { type: "boolean" },
      keys: { type: "string" },
      role: { type: "string" },
      ...Object.fromEntries(Object.keys(quotaFlags).map((flag) => [flag, { type: "string" as const }])),
    },
  });
  return { values: values as Record<string, string | boolean | undefined>, positionals };
}

function roleOf(value: unknown): Role {
  const role = ROLES.find((role) => role === value);
  if (!role) throw new KeyFileError(`--role must be one of ${ROLES.join(", ")}`);
  return role;
}

function quotasOf(values: Record<string, unknown>): Quotas {
  return Object.fromEntries(
    Object.entries(quotaFlags).filter(([flag]) => values[flag] !== undefined).map(([flag, quota]) => {
      const value = String(values[flag]);
      if (!/^\d{1,15}$/.test(value)) throw new KeyFileError(`--${flag} must be a whole number, not ${value}`);
      return [quota, Number(value)];
    }),
  );
}

async function main(): Promise<void> {
  const { values, positionals: [verb, id, ...rest] } = parse();
  if (values.help || verb === undefined) return console.log(USAGE);
  const path = String(values.keys ?? Deno.env.get("MIDSTREAM_KEYS") ?? "keys.json");
  if (verb === "list" && id === undefined) return await list(path);
  if (id === undefined || rest.length > 0 || !["add", "rotate", "revoke"].includes(verb)) throw new KeyFileError(USAGE);
  if (verb === "revoke") {
    await revokeKey(path, id);
    return console.error(`revoked ${id}`);
  }
  const { secret } = verb === "add"
    ? await addKey(path, { id, role: roleOf(values.role), quotas: quotasOf(values) })
    : await rotateKey(path, id);
  console.error(`The secret of ${id}, shown this once (Authorization: Bearer …):`);
  console.log(secret);
}

async function list(path: string): Promise<void> {
  for (const { id, role, createdAt, quotas } of await readKeyFile(path)) {
    const bounds = Object.entries(quotas).map(([name, value]) => `${name}=${value}`).join(" ");
    console.log([id.padEnd(24), role.padEnd(7), createdAt, bounds].join("  ").trimEnd());
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
