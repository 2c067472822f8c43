import type { PromptSet } from "./prompt_set.ts";

/** Beginnings of short stories, which is what the demo's model knows; written for this project. */
export const BUILT_IN_SET: PromptSet = {
  name: "Short stories",
  prompts: [
    "Once upon a time, there was a little girl named",
    "Tom and Lily went to the park. They saw a big",
    "The sun was very hot, so they sat under the",
    'Mom said, "Do not touch the stove. It is very',
    "The dog was hungry. He wanted to eat a big",
    "It was raining, so Ben took his",
    "The cat climbed up the tree and could not get",
    "Sara was sad because she lost her favorite",
    "He opened the box. Inside the box was a shiny",
    "They were best friends and they lived happily ever",
  ],
};
