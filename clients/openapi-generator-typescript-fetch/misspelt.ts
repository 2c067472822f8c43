import { ProbeApi, type Problem } from "./generated/index.ts";

const data = await new ProbeApi().createProbe({
  ProbeRequest: { promt: "Once" },
});
console.log(data.readouts[0]?.entrpy, ({} as Problem).detial);
const site: "resid_past" | undefined = data.readouts[0]?.site;
console.log(site);
