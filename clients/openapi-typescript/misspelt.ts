import createClient from "openapi-fetch";
import type { paths } from "./generated/schema.ts";

const api = createClient<
  paths,
  "application/json" | "application/problem+json"
>({ baseUrl: "" });
const { data, error } = await api.POST("/probe", { body: { promt: "Once" } });
console.log(data?.readouts[0]?.entrpy, error?.detial);
const site: "resid_past" | undefined = data?.readouts[0]?.site;
console.log(site);
