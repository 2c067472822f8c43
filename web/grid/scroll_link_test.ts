import assert from "node:assert/strict";
import { ScrollLink } from "./scroll_link.ts";

/** Scrolls at once and tells of it later, as browsers do. */
class Pane extends EventTarget {
  scrollLeft = 0;
  scrollTop = 0;

  to(left: number, top = this.scrollTop): this {
    [this.scrollLeft, this.scrollTop] = [left, top];
    return this;
  }

  tell(): void {
    this.dispatchEvent(new Event("scroll"));
  }
}

Deno.test("where one grid is scrolled the others follow, and pull back none that moved on", () => {
  const link = new ScrollLink(), [first, second, third] = [new Pane(), new Pane(), new Pane()];
  link.join(first);
  link.join(second);
  const leave = link.join(third);
  first.to(84, 24).tell();
  assert.deepEqual([second, third].map(({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop]), [[84, 24], [84, 24]]);

  first.to(120);
  second.tell();
  assert.equal(first.scrollLeft, 120);
  first.tell();
  assert.equal(second.scrollLeft, 120);
  second.tell();
  third.tell();

  second.to(300).tell();
  assert.deepEqual([first.scrollLeft, third.scrollLeft], [300, 300]);
  leave();
  second.to(10).tell();
  assert.deepEqual([first.scrollLeft, third.scrollLeft], [10, 300]);
});
