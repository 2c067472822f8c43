import { MAX_CELLS, MAX_TOKENS } from "./import_limits.ts";
import { ImportFault } from "./imported.ts";

/** Counts what a file's cells hold, so that a small file of empty lists does not fill the memory. */
export class Room {
  #cells = 0;
  #tokens = 0;

  /** @throws {ImportFault} where there is no room for another cell */
  take(tokens: number): void {
    this.#cells += 1;
    this.#tokens += tokens;
    if (this.#cells > MAX_CELLS) {
      throw new ImportFault(`the file has more than ${MAX_CELLS} cells; fewer are shown well`);
    }
    if (this.#tokens > MAX_TOKENS) {
      throw new ImportFault(`the file's cells have more than ${MAX_TOKENS} tokens; fewer are shown well`);
    }
  }
}
