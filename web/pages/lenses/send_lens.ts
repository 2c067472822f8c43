import type { LensInfo, LensOptions } from "../../../clients/typescript/midstream.ts";
import { refusalOf } from "../../state/refusal.ts";
import type { Service } from "../../state/service.ts";

export interface LensToSend {
  readonly id: string;
  readonly file: Blob;
  readonly options: LensOptions;
  /** sha256 of the one to replace; null: nothing may be there. */
  readonly replaces: string | null;
}

export interface Sending {
  /** Bytes that have left, of all. */
  readonly progress: (sent: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Uploads a lens file. By XMLHttpRequest: fetch tells of no progress.
 * @throws {ProblemError} for a refusal; a TypeError where the connection broke; the signal's reason
 */
export function sendLens(service: Service, lens: LensToSend, { progress, signal }: Sending): Promise<LensInfo> {
  const { id, file, options, replaces } = lens;
  const query = new URLSearchParams(Object.entries(options).map(([name, value]) => [name, String(value)]));
  const request = new XMLHttpRequest();
  request.open("PUT", service.url(`lenses/${encodeURIComponent(id)}?${query}`));
  const condition = replaces === null ? { "if-none-match": "*" } : { "if-match": `"${replaces}"` };
  for (const [name, value] of Object.entries({ ...service.headers, ...condition })) {
    request.setRequestHeader(name, value);
  }
  request.setRequestHeader("content-type", "application/octet-stream");
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onload = () => {
      const { status, statusText, responseText: text } = request;
      if (status < 300) return resolve(JSON.parse(text) as LensInfo);
      reject(refusalOf({ status, statusText, header: (name) => request.getResponseHeader(name), text }));
    };
    request.onerror = () => reject(new TypeError("the connection broke"));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}
