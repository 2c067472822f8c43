import { fileURLToPath } from "node:url";
import type { ClientFigures, ClientOrder } from "./client_process.ts";
import { withService } from "./service_process.ts";
import { vocabulary } from "./speed.ts";
import { generatedWorkloads, probeRequests } from "./workloads.ts";

/** W1 of the demo from so many clients at once. */
const CLIENTS = [1, 8, 64];

/** Probes a second over loopback. The clients are a process of their own: they share no event loop with the service. */
export function clients(folder: string, seconds: number): Promise<ClientFigures[]> {
  return withService(folder, async (service) => {
    const [w1] = generatedWorkloads(await vocabulary(service));
    const [body] = probeRequests(w1!);
    const figures: ClientFigures[] = [];
    await ask({ url: `${service.url}/probe`, body, clients: 8, seconds: 1 }); // What is slow once, such as compiling.
    for (const count of CLIENTS) {
      figures.push(await ask({ url: `${service.url}/probe`, body, clients: count, seconds }));
    }
    return figures;
  });
}

async function ask(order: ClientOrder): Promise<ClientFigures> {
  const program = fileURLToPath(new URL("client_process.ts", import.meta.url));
  const args = ["run", "--quiet", "--no-check", "--allow-net", program, JSON.stringify(order)];
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as ClientFigures;
}
