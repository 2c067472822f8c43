// openapi-typescript through its API, for the one option that its command line lacks: bytes are a Blob.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [document, out] = process.argv.slice(2);
const blob = ts.factory.createTypeReferenceNode(
  ts.factory.createIdentifier("Blob"),
);
const types = await openapiTS(pathToFileURL(resolve(document)), {
  transform: (schema) => schema.format === "binary" ? blob : undefined,
});
await mkdir(dirname(out), { recursive: true });
await writeFile(out, astToString(types));
