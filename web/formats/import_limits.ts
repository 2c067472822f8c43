/** Bytes of all files that are read at once. A browser's text may have 2^29 characters; a grid of 4,096 × 32 has 200 MB as JSON. */
export const MAX_BYTES = 256 * 2 ** 20;

/** Files that are read at once: a slice has one for each token that it follows. */
export const MAX_FILES = 20_000;

/** Cells of all prompts of a file: eight grids of 4,096 × 32. An empty cell has three bytes in some formats. */
export const MAX_CELLS = 2 ** 20;

/** Tokens of all cells: 4,096 × 32 × 30. */
export const MAX_TOKENS = 2 ** 22;

/** Followed tokens of all cells, where a format follows every token it ever saw: beyond it, the less likely ones are left out. */
export const MAX_FOLLOWED = 2 ** 20;

/** Highest index of a block: no model comes near it. */
export const MAX_LAYER = 9_999;

/** How far over 1 a probability may be by rounding. */
export const MAX_PROB = 1.00001;
