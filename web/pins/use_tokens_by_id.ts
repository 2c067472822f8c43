import { useEffect, useState } from "preact/hooks";
import type { ShownToken } from "../state/cell.ts";
import type { Service } from "../state/service.ts";

/** Most of these are said by a picture that is on its way. */
const PAUSE_MS = 400;

/** Tokens that no picture has said, such as those of a link: asked of the service. What it does not know is left out. */
export function useTokensById(service: Service | null, unknown: readonly number[]): ReadonlyMap<number, ShownToken> {
  const [known, setKnown] = useState<ReadonlyMap<number, ShownToken>>(new Map());
  const ids = unknown.filter((id) => !known.has(id)).join(",");
  useEffect(() => {
    if (service === null || ids === "") return;
    const stop = new AbortController();
    async function ask(service: Service) {
      const { tokens } = await service.vocabulary({ ids }, stop.signal);
      setKnown((known) => new Map([...known, ...tokens.map((token) => [token.id, token] as const)]));
    }
    // Without an answer the pin is shown by its id.
    const timer = setTimeout(() => ask(service).catch(() => {}), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [service, ids]);
  return known;
}
