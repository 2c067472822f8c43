import { createMiddleware } from "hono/factory";
import { Refusal } from "../openapi/refusal.ts";
import type { ServiceEnv } from "./env.ts";

/** The client is gone: nobody reads the answer. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/**
 * Gives a request the signal that its work obeys: aborted when the client hangs up, when its body's reader cancels, or
 * after `timeoutMs`.
 *
 * @example
 * ```ts
 * app.use(deadline({ timeoutMs: 300_000 }));
 * ```
 */
export function deadline({ timeoutMs }: { timeoutMs: number }) {
  return createMiddleware<ServiceEnv>(async function deadline(c, next) {
    const controller = new AbortController();
    const start = () => setTimeout(() => controller.abort(timeout(timeoutMs)), timeoutMs);
    let timer = start();
    const client = c.req.raw.signal;
    const hangUp = () => controller.abort(new ClientGone("the client hung up"));
    if (client.aborted) hangUp();
    client.addEventListener("abort", hangUp);
    const settle = () => {
      clearTimeout(timer);
      client.removeEventListener("abort", hangUp);
    };
    c.set("signal", controller.signal);
    c.set("extend", () => {
      clearTimeout(timer);
      timer = start();
    });
    c.set("abort", (reason) => controller.abort(reason));
    await next();
    const streamed = c.get("streamed");
    if (streamed) streamed.finally(settle);
    else settle();
  });
}

function timeout(ms: number): Refusal {
  return new Refusal("timeout", `the request was stopped after ${ms / 1000} s (--request-timeout)`);
}
