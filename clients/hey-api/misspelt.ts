import { createProbe } from "./generated/sdk.gen.ts";

const { data, error } = await createProbe({ body: { promt: "Once" } });
console.log(data?.readouts[0]?.entrpy, error?.detial);
const site: "resid_past" | undefined = data?.readouts[0]?.site;
console.log(site);
