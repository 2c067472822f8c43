import { z } from "@hono/zod-openapi";

export const Readiness = z.object({
  status: z.enum(["ok"]).openapi("ReadyStatus", { description: "Always `ok`; anything else is a problem." }),
  trouble: z.array(z.string()).openapi({
    description: "What does not work though probes do, a sentence each: jobs while their folder or Redis is away.",
  }),
}).openapi("Readiness", { description: "Probes are taken." });

export const Health = z.object({
  status: z.enum(["ok"]).openapi("HealthStatus", { description: "Always `ok`; anything else is a problem." }),
}).openapi("Health", { description: "The service is well." });
