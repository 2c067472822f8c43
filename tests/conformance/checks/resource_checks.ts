import type { Client, Exchange } from "../client.ts";
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

/** What was just deleted is not. A deletion that is only accepted (202) may take its time. */
export async function useAfterFree(
  client: Client,
  { read, remove, parameter }: ResourceKind,
  id: string,
  { answer }: Exchange,
): Promise<string | undefined> {
  if (answer.status !== 200 && answer.status !== 204) return undefined;
  for (const operation of [read, remove].filter((it) => it !== undefined)) {
    const { answer: { status } } = await client.send(requestOf(operation, { [parameter]: id }));
    if (status !== 404) return `after its deletion ${operation.method} of it is answered with ${status}, not 404`;
  }
  return undefined;
}
