import type { AnsweredRoute, Asked } from "./ask.ts";
import { faultsOf, words } from "./compare.ts";
import { shortened } from "./shorten.ts";

const INTRODUCTION = `# Every route, asked

Each \`curl\` below was pasted into a shell in a clone of this repository, from top to bottom, with the demo running
(\`deno task start\`), and each answer is what came. What is left out is marked with \`…\`. The page is written by
\`deno task routes\`; a test pastes every \`curl\` again and holds the answers to those below.

The running service has the same as a page to read and to try: [localhost:8000/docs](http://localhost:8000/docs). Names,
types and bounds are in \`/openapi.json\`, what the numbers mean in [numbers.md](numbers.md).`;

/**
 * The page of all routes, by tag.
 * @param before what the page had: an answer of the same shape stays, so that a difference shows what is different
 */
export function writePage(
  routes: readonly AnsweredRoute[],
  tags: Readonly<Record<string, string>>,
  before: readonly AnsweredRoute[] = [],
): string {
  const parts = [INTRODUCTION];
  for (const [tag, description] of Object.entries(tags)) {
    const of = routes.filter((route) => route.tag === tag);
    if (of.length > 0) parts.push(`## ${tag}`, description, ...of.flatMap((route) => section(route, before)));
  }
  return `${parts.join("\n\n")}\n`;
}

function section(route: AnsweredRoute, before: readonly AnsweredRoute[]): string[] {
  const same = before.find((old) => old.title === route.title && faultsOf([old], [route]).length === 0);
  const answers = route.asked.flatMap((asked, at) => answer(asked, same ? same.asked[at]!.body : shortened(asked)));
  return [`### ${route.title}`, route.prose, ...answers];
}

function answer({ curl, status, type }: Asked, shown: string): string[] {
  const outcome = [`\`${status}\``, ...(type === "" ? [] : [`\`${type}\``])].join(" ");
  return [fenced(curl), outcome, ...(shown === "" ? [] : [fenced(shown)])];
}

function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}

/** The routes of a page that {@link writePage} wrote, their answers as it shows them. */
export function readPage(text: string): AnsweredRoute[] {
  return text.split(/^(?=## )/m).slice(1).flatMap((part) => {
    const tag = /^## (.+)/.exec(part)![1]!;
    return part.split(/^### /m).slice(1).map((section) => {
      const [title, ...lines] = section.split("\n");
      const body = lines.join("\n");
      return { title: title!, tag, prose: words(body.slice(0, body.indexOf("```"))), asked: answersOf(body) };
    });
  });
}

const ANSWER = /^```\n(curl [^]*?)\n```\n\n`(\d{3})`(?: `([^`]+)`)?\n(?:\n```\n(?!curl )([^]*?)\n```)?/gm;

function answersOf(section: string): Asked[] {
  return [...section.matchAll(ANSWER)].map(([, curl, status, type = "", body = ""]) => (
    { curl: curl!, status: Number(status), type, body }
  ));
}
