import { z } from "@hono/zod-openapi";

export const Health = z.object({
  status: z.enum(["ok"]).openapi("HealthStatus", { description: "Always `ok`; anything else is a problem." }),
}).openapi("Health", { description: "The service is well." });
