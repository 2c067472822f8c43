import type { Phase } from "../state/probe_run.ts";

/** What stands where the picture will be, before any of it has come: why there is none, and what to do. */
export function EmptyPicture({ phase }: { phase: Phase }) {
  return <p class="no-picture">{WORDS[phase.kind]}</p>;
}

const WORDS: Readonly<Record<Phase["kind"], string>> = {
  idle: "Type a prompt and press Enter: what every layer would say next stands here.",
  asking: "The model reads the prompt. Its first column stands here as soon as it has come.",
  queued: "Others are before you. The first column stands here as soon as it has come.",
  filling: "The model reads the prompt. Its first column stands here as soon as it has come.",
  stopped: "Stopped before anything had come. Run asks again.",
  waiting:
    "There is nothing to see until the service answers. It is asked again by itself; a file can be opened meanwhile.",
  refused: "There is nothing to see: the service refused this question. Change what is marked, and run it again.",
  done: "The service answered, and had nothing to show.",
};
