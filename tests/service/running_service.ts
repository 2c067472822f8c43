import { createLog } from "../../log/create_log.ts";
import { type Service, startService } from "../../service.ts";
import { parseSettings } from "../../settings/parse.ts";

/** The whole service on a free port, its engine in a process of its own. */
export interface RunningService extends AsyncDisposable {
  readonly url: string;
  readonly service: Service;
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** Uploads a lens; `query` such as `?note=x`. */
  put(
    id: string,
    bytes: BodyInit | Uint8Array<ArrayBuffer>,
    init?: RequestInit & { query?: string },
  ): Promise<Response>;
  /** Its data folder. */
  readonly data: string;
  /** POSTs and reads JSON; fails on any status but 200. */
  json<T>(path: string, body: unknown): Promise<T>;
}

/** Starts it with the flags given and waits until the model is loaded. Its data folder goes with it. */
export async function runService(
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<RunningService> {
  const data = await Deno.makeTempDir();
  const settings = parseSettings(["--port", "0", "--data", data, "--log-level", "error", ...flags], {});
  if ("help" in settings) throw new Error("the flags ask for help");
  const service = await startService(settings, createLog(settings), { ...Deno.env.toObject(), ...env });
  const post = (path: string, body: unknown, init: RequestInit = {}) =>
    fetch(`${service.url}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      ...init,
      headers: { "content-type": "application/json", ...init.headers },
    });
  const close = async () => {
    await service.drain();
    await Deno.remove(data, { recursive: true });
  };
  try {
    await service.ready;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: service.url,
    service,
    data,
    post,
    put: (id, bytes, { query = "", ...init } = {}) =>
      fetch(`${service.url}/lenses/${id}${query}`, { method: "PUT", body: bytes as BodyInit, ...init }),
    json: async <T>(path: string, body: unknown) => {
      const response = await post(path, body);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
      return JSON.parse(text) as T;
    },
    [Symbol.asyncDispose]: close,
  };
}
