/** @type {import("@hey-api/openapi-ts").UserConfig} */
export default {
  input: "openapi.json",
  output: { path: "generated", module: { extension: ".ts" } },
  plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
};
