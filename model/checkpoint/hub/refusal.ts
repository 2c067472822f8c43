import { HubError } from "./hub_error.ts";
import type { HubSettings } from "./settings.ts";
import { type HubSource, repositoryName } from "./source.ts";

/** Statuses that another try may not meet again (RFC 9110; 408 and 429 with the client's part in it). */
export function isTransient(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * What a hub's refusal means, from its status and X-Error-Code (huggingface_hub's hf_raise_for_status reads the same).
 *
 * @param file what was asked for, where that was one file
 */
export function refusalOf(
  { status, headers }: Response,
  source: HubSource,
  settings: HubSettings,
  file: string | null,
): HubError {
  const repository = repositoryName(source);
  const page = `${settings.endpoint}/${repository}`;
  const host = new URL(settings.endpoint).host;
  const code = headers.get("X-Error-Code");
  const signIn = settings.token === null ? "set HF_TOKEN" : "set HF_TOKEN to the token of an account that has it";
  if (code === "GatedRepo") {
    return new HubError("gated", `${repository} is gated: ask for access at ${page}, then ${signIn}.`, { page });
  }
  if (code === "RevisionNotFound") {
    return new HubError("notFound", `${repository} has no revision ${source.revision}.`, { missing: "revision" });
  }
  if (code === "EntryNotFound") return fileNotFound(source, file ?? "that path");
  // Without a right to see a repository a hub does not say whether it exists: 401 to the unknown, 404 to the known.
  if (code === "RepoNotFound" || status === 404 || (status === 401 && settings.token === null)) {
    const message = `${host} shows no ${source.type} ${repository}: check the name, and if it is private, ${signIn}.`;
    return new HubError("notFound", message, { missing: "repository" });
  }
  if (status === 401) {
    return new HubError("unauthorized", `${host} does not accept the token in HF_TOKEN: it is wrong, or has expired.`);
  }
  if (status === 403) {
    return new HubError("unauthorized", `${host} forbids reading ${repository} with this token: see ${page}.`);
  }
  const wait = status === 429 ? "asks for fewer requests (429)" : `answered with status ${status}`;
  return new HubError("network", `${host} ${wait}; try again later.`);
}

export function fileNotFound(source: HubSource, path: string): HubError {
  const where = source.revision === "main" ? "" : ` at revision ${source.revision}`;
  return new HubError("notFound", `${repositoryName(source)} has no file ${path}${where}.`, { missing: "file" });
}
