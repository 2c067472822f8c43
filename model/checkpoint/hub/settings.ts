import { homedir } from "node:os";
import { join } from "node:path";
import { HubError } from "./hub_error.ts";
import { Token } from "./token.ts";

/** Where the hub and its cache are, as huggingface_hub (Python) would have it. */
export interface HubSettings {
  /** Absolute or relative path of the folder with `models--owner--name`, shared with Python's huggingface_hub. */
  readonly cacheFolder: string;
  /** Address of the hub, http or https, without a slash at the end. */
  readonly endpoint: string;
  readonly token: Token | null;
  /** Nothing is asked for over the network. */
  readonly offline: boolean;
}

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PUBLIC_HUB = "https://huggingface.co";

/**
 * Reads HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_ENDPOINT, HF_HUB_OFFLINE, the older names that huggingface_hub
 * (constants.py) still reads, and the token that `hf auth login` left.
 *
 * @throws {HubError} kind `settings`
 */
export async function readHubSettings(env: Environment): Promise<HubSettings> {
  const cache = given(env, "XDG_CACHE_HOME") ?? join("~", ".cache");
  const home = expand(given(env, "HF_HOME") ?? join(cache, "huggingface"), env);
  const cacheFolder = given(env, "HF_HUB_CACHE") ?? given(env, "HUGGINGFACE_HUB_CACHE") ?? join(home, "hub");
  return {
    cacheFolder: expand(cacheFolder, env),
    endpoint: parseEndpoint(given(env, "HF_ENDPOINT") ?? PUBLIC_HUB),
    token: await readToken(env, expand(given(env, "HF_TOKEN_PATH") ?? join(home, "token"), env)),
    offline: isTrue(given(env, "HF_HUB_OFFLINE") ?? given(env, "TRANSFORMERS_OFFLINE")),
  };
}

function given(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === "" ? undefined : value;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && ["1", "ON", "YES", "TRUE"].includes(value.toUpperCase());
}

/** `~` and `$NAME`, as Python's expanduser and expandvars: an unknown name stays as it is. */
function expand(path: string, env: Environment): string {
  const home = given(env, "HOME") ?? given(env, "USERPROFILE") ?? homedir();
  return path
    .replace(/^~(?=$|[/\\])/, () => home)
    .replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, bare?: string, braced?: string) => env[bare ?? braced ?? ""] ?? whole);
}

function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password + url.search + url.hash !== "") {
    throw new HubError("settings", "HF_ENDPOINT must be the http or https address of a hub, without name or password.");
  }
  return url.href.replace(/\/+$/, "");
}

async function readToken(env: Environment, path: string): Promise<Token | null> {
  const text = given(env, "HF_TOKEN") ?? given(env, "HUGGING_FACE_HUB_TOKEN");
  if (text !== undefined) return toToken(text);
  if (isTrue(given(env, "HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return null;
  try {
    return toToken(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    if (error instanceof HubError) throw error;
    throw new HubError("settings", "The hub's token file (HF_TOKEN_PATH) is there and cannot be read.");
  }
}

function toToken(text: string): Token | null {
  const cleaned = text.replace(/[\r\n]/g, "").trim();
  return cleaned === "" ? null : new Token(cleaned);
}
