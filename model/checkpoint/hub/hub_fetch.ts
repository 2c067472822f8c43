import { HubError } from "./hub_error.ts";
import { type HubOptions, RETRY_DELAYS, STALL_TIMEOUT } from "./hub_options.ts";
import { pause } from "./pause.ts";
import { isTransient, refusalOf } from "./refusal.ts";
import type { HubSource } from "./source.ts";

/**
 * A fetch for one repository's requests, ours and those of @huggingface/hub, which it is handed to as an argument: it
 * adds the token (for the hub's own origin only; fetch drops it at a redirect to another), stops with the signal, tries
 * again after a transient failure, and turns every refusal into a {@link HubError}.
 *
 * The library's own handling of tokens is passed by, since it takes none that do not start with `hf_` (those of other
 * hubs), and so are its errors, which lack the headers that say what a 401 or 404 is about.
 *
 * @param file for messages, where one file is asked for and its body streamed; null for a small answer, which is then
 * read here whole, so that a connection that breaks off is tried again too
 */
export function hubFetch(source: HubSource, options: HubOptions, file: string | null = null): typeof fetch {
  const { settings, signal, retryDelays = RETRY_DELAYS, stallTimeout = STALL_TIMEOUT } = options;
  const send = options.fetch ?? fetch;
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    if (settings.token !== null && url.origin === new URL(settings.endpoint).origin) {
      headers.set("Authorization", settings.token.header());
    }
    for (let attempt = 0;; attempt++) {
      const delay = retryDelays[attempt];
      const stall = new AbortController();
      const timer = setTimeout(() => stall.abort(), stallTimeout);
      const signals = [stall.signal, signal, init.signal].filter((one) => one != null);
      try {
        const response = await send(url, { ...init, headers, signal: AbortSignal.any(signals) });
        if (response.ok) return file === null ? await whole(response) : response;
        await response.body?.cancel();
        if (delay === undefined || !isTransient(response.status)) throw refusalOf(response, source, settings, file);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof HubError) throw error;
        if (delay === undefined) throw unreachable(url, error);
      } finally {
        clearTimeout(timer);
      }
      await pause(delay, signal);
    }
  };
}

async function whole(response: Response): Promise<Response> {
  return new Response(await response.arrayBuffer(), response);
}

/** The host and why, without the rest of the address: a redirect's may carry a signature. */
export function unreachable({ host }: URL, error: unknown): HubError {
  return new HubError("network", `${host} cannot be reached: ${reason(error)}.`);
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = String(cause).toLowerCase();
  if (text.includes("abort") || text.includes("timed out")) return "no answer in time";
  if (text.includes("dns") || text.includes("lookup")) return "its name is not known here";
  if (text.includes("refused")) return "the connection was refused";
  if (text.includes("certificate") || text.includes("tls")) return "its certificate is not accepted";
  return "the connection failed";
}
