import { isObject, type JsonValue } from "../../openapi/json.ts";
import type { AnsweredRoute, Asked } from "./ask.ts";
import { LEFT_OUT, membersLeftOut } from "./shorten.ts";

/** Where the routes of a page differ from those that answer now, in words; of answers only the shape counts. */
export function faultsOf(page: readonly AnsweredRoute[], now: readonly AnsweredRoute[]): string[] {
  const faults: string[] = [];
  const titles = now.map(({ title }) => title);
  for (const { title } of page) if (!titles.includes(title)) faults.push(`${title} is on the page and not served`);
  for (const route of now) {
    const shown = page.find(({ title }) => title === route.title);
    if (!shown) faults.push(`${route.title} is not on the page`);
    else faults.push(...routeFaults(shown, route).map((fault) => `${route.title}: ${fault}`));
  }
  return faults;
}

/** A paragraph, however it is wrapped. */
export function words(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

function routeFaults(shown: AnsweredRoute, now: AnsweredRoute): string[] {
  const faults: string[] = [];
  if (words(shown.prose) !== words(now.prose)) faults.push("is described in other words");
  if (shown.tag !== now.tag) faults.push(`stands under ${shown.tag} and belongs to ${now.tag}`);
  const curls = ({ asked }: AnsweredRoute) => asked.map(({ curl }) => curl).join("\n");
  if (curls(shown) !== curls(now)) return [...faults, "is asked by other curls"];
  return [...faults, ...now.asked.flatMap((asked, at) => answerFaults(shown.asked[at]!, asked))];
}

function answerFaults(shown: Asked, now: Asked): string[] {
  if (shown.status !== now.status) return [`answered ${shown.status}, now ${now.status}`];
  if (shown.type !== now.type) return [`answered ${shown.type || "nothing"}, now ${now.type || "nothing"}`];
  if ((shown.body === "") !== (now.body === "")) return ["has a body only there or only now"];
  if (now.type === "application/x-ndjson") return streamFaults(shown.body, now.body);
  if (/\bjson$/.test(now.type)) return [...shapeFaults(JSON.parse(shown.body), JSON.parse(now.body), "")];
  if (now.type === "text/csv") {
    const [was, is] = [shown, now].map(({ body }) => body.split(/\r?\n/)[0]);
    return was === is ? [] : [`has the columns ${was}, now ${is}`];
  }
  return [];
}

/** Frames that come or not, as time will have it. */
const PASSING = ["queued", "progress", "ping"];

/** Frames by type: those that a page shows are the first of theirs. */
function streamFaults(shown: string, now: string): string[] {
  const [were, are] = [firstFrames(shown), firstFrames(now)];
  const [had, has] = [were, are].map((frames) => [...frames.keys()].filter((it) => !PASSING.includes(it)).join(", "));
  if (had !== has) return [`has frames ${had}, now ${has}`];
  return [...were].flatMap(([type, frame]) =>
    are.has(type) && type !== "progress" ? [...shapeFaults(frame, are.get(type)!, `/${type}`)] : []
  );
}

function firstFrames(text: string): Map<string, JsonValue> {
  const frames = new Map<string, JsonValue>();
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith(LEFT_OUT)) continue;
    const frame = JSON.parse(line) as { type: string };
    if (!frames.has(frame.type)) frames.set(frame.type, frame as unknown as JsonValue);
  }
  return frames;
}

/** Names of members and types of values, at every place that the page shows. */
function* shapeFaults(shown: JsonValue, now: JsonValue, at: string): Generator<string> {
  if (kind(shown) !== kind(now)) {
    yield `${at || "/"} was ${kind(shown)}, now ${kind(now)}`;
  } else if (Array.isArray(shown) && Array.isArray(now)) {
    const items = shown.filter((item) => !(typeof item === "string" && item.startsWith(LEFT_OUT)));
    if ((items.length === 0) !== (now.length === 0)) yield `${at} is empty only there or only now`;
    else for (const [n, item] of items.entries()) yield* shapeFaults(item, now[n] ?? now.at(-1)!, `${at}/${n}`);
  } else if (isObject(shown) && isObject(now) && LEFT_OUT in shown) {
    const members = membersLeftOut(now);
    if (shown[LEFT_OUT] !== members) yield `${at} has ${shown[LEFT_OUT]}, now ${members}`;
  } else if (isObject(shown) && isObject(now)) {
    for (const name of Object.keys(shown)) if (!(name in now)) yield `${at}/${name} is gone`;
    for (const [name, inside] of Object.entries(now)) {
      const was = shown[name];
      if (was === undefined) yield `${at}/${name} is new`;
      else yield* shapeFaults(was, inside, `${at}/${name}`);
    }
  }
}

function kind(value: JsonValue): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
