/** Bounds of a config's values, far beyond any model of these families: what lies outside is a broken or hostile file. */
export const LAYERS = { min: 1, max: 1024 };
export const D_MODEL = { min: 1, max: 2 ** 17 };
export const FFN = { min: 1, max: 2 ** 20 };
export const HEADS = { min: 1, max: 1024 };
export const HEAD_DIM = { min: 2, max: 1024 };
export const VOCABULARY = { min: 1, max: 2 ** 22 };
export const CONTEXT = { min: 1, max: 2 ** 24 };
export const EPS = { min: 0, max: 0.1 };
