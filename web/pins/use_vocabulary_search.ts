import { useEffect, useState } from "preact/hooks";
import { ProblemError } from "../../clients/typescript/midstream.ts";
import type { Service } from "../state/service.ts";
import type { VocabularyToken } from "../state/vocabulary.ts";

const PAUSE_MS = 120;
const MOST = 20;

/** What a search found. */
export interface Found {
  /** The text that it is of. */
  readonly query: string;
  readonly tokens: readonly VocabularyToken[];
  /** How many there are. */
  readonly total: number;
  /** Why there is no answer. */
  readonly fault: string | null;
}

const NOTHING: Found = { query: "", tokens: [], total: 0, fault: null };

/** Tokens of the vocabulary by their text, best first, as it is typed. What was found before stays until then. */
export function useVocabularySearch(service: Service, query: string): Found {
  const [found, setFound] = useState(NOTHING);
  useEffect(() => {
    if (query === "") {
      setFound(NOTHING);
      return;
    }
    const stop = new AbortController();
    async function search() {
      try {
        const { tokens, total } = await service.vocabulary({ q: query, limit: String(MOST) }, stop.signal);
        setFound({ query, tokens, total, fault: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        const fault = error instanceof ProblemError ? error.problem.detail : "The service is not reached.";
        setFound({ ...NOTHING, query, fault });
      }
    }
    const timer = setTimeout(search, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [service, query]);
  return found;
}
