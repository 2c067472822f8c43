/** More labels than this are measured again: a long prompt has as many as it likes. */
const KEPT = 20_000;
/** A label longer than any cell is cut before it is measured. */
const LONGEST = 64;

/** What measures texts: a canvas' context with its font set. */
export type Ruler = Pick<CanvasRenderingContext2D, "measureText">;

/** Labels cut to the room that they have; each is measured once. */
export class LabelCuts {
  readonly #cuts = new Map<string, string>();

  /** @param room in CSS pixels @param end after what was cut */
  cut(text: string, room: number, ruler: Ruler, end = "…"): string {
    const key = `${room} ${end} ${text}`;
    const known = this.#cuts.get(key);
    if (known !== undefined) return known;
    if (this.#cuts.size >= KEPT) this.#cuts.clear();
    const made = cutTo(text, room, ruler, end);
    this.#cuts.set(key, made);
    return made;
  }
}

function cutTo(text: string, room: number, ruler: Ruler, end: string): string {
  const fits = (text: string) => ruler.measureText(text).width <= room;
  if (text.length <= LONGEST && fits(text)) return text;
  // By characters, not by halves of them.
  const characters = [...text.slice(0, LONGEST)];
  let low = 0, high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(characters.slice(0, middle).join("") + end)) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? characters[0] ?? "" : characters.slice(0, low).join("") + end;
}
