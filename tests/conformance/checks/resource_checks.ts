import type { Client, Exchange } from "../client.ts";
import type { Operation } from "../document/operation.ts";
import { requestOf, type ResourceKind } from "../resources.ts";

/** What was just made is there. */
export async function ensureResourceAvailability(
  client: Client,
  { read, parameter }: ResourceKind,
  id: string,
): Promise<string | undefined> {
  if (!read) return undefined;
  const { answer: { status } } = await client.send(requestOf(read, { [parameter]: id }));
  return status === 200 ? undefined : `what was made is answered with ${status}`;
}

/** What was just deleted is not. A deletion that is only accepted (202) stops it first: the next one deletes it. */
export async function useAfterFree(
  client: Client,
  { read, remove, parameter }: ResourceKind,
  id: string,
  { answer }: Exchange,
): Promise<string | undefined> {
  const ask = async (operation: Operation) => {
    const { answer: { status } } = await client.send(requestOf(operation, { [parameter]: id }));
    return status;
  };
  const status = answer.status === 202 && remove ? await ask(remove) : answer.status;
  if (status !== 200 && status !== 204) return undefined;
  for (const operation of [read, remove].filter((it) => it !== undefined)) {
    const status = await ask(operation);
    if (status !== 404) return `after its deletion ${operation.method} of it is answered with ${status}, not 404`;
  }
  return undefined;
}
