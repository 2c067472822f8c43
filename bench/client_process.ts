import { quantile } from "./statistics.ts";

/** Tells one client process what to do, by its first argument. */
export interface ClientOrder {
  readonly url: string;
  readonly body: unknown;
  /** Requests in flight at any time, each on a kept connection. */
  readonly clients: number;
  readonly seconds: number;
}

/** What a client process prints. */
export interface ClientFigures {
  readonly clients: number;
  readonly answered: number;
  readonly refused: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** Asks the same again and again; an answer counts if it began within the time. */
async function askUntil(order: ClientOrder): Promise<ClientFigures> {
  const body = JSON.stringify(order.body);
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: order.clients, http2: false });
  const began = performance.now();
  const end = began + order.seconds * 1000;
  const times: number[] = [];
  let refused = 0;
  const one = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      const headers = { "content-type": "application/json" };
      const response = await fetch(order.url, { method: "POST", headers, body, client });
      await response.arrayBuffer();
      if (response.status === 200) times.push(performance.now() - start);
      else refused++;
    }
  };
  await Promise.all(Array.from({ length: order.clients }, one));
  const seconds = (performance.now() - began) / 1000;
  return {
    clients: order.clients,
    answered: times.length,
    refused,
    perSecond: times.length / seconds,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
  };
}

if (import.meta.main) console.log(JSON.stringify(await askUntil(JSON.parse(Deno.args[0]!) as ClientOrder)));
