import { createContext } from "preact";

/** What a view is drawn on when it is not looked at but kept: nothing scrolls, all there is has to be drawn. */
export interface PaperForm {
  /** In CSS pixels. Positions that have no room beside each other stand in strips below each other. */
  readonly width: number;
  /** Positions drawn at all: the first ones. */
  readonly positions: number;
}

/** Null on the screen. */
export const Paper = createContext<PaperForm | null>(null);

/** For pictures: as wide as other programs still open. */
export const PICTURE_FORM: PaperForm = { width: 8000, positions: 200 };

/** For a printed page in portrait, on A4 as on letter paper. */
export const PAGE_FORM: PaperForm = { width: 700, positions: 200 };
