/** What scrolls: left and top in pixels. */
export interface Scroller extends EventTarget {
  scrollLeft: number;
  scrollTop: number;
}

/** Grids beside each other that show the same places: where one is scrolled, the others follow. */
export class ScrollLink {
  readonly #scrollers = new Set<Scroller>();
  /** Where those that followed were put: their own events say nothing new, and would pull back one still moving. */
  readonly #put = new Map<Scroller, { left: number; top: number }>();

  /** @returns what leaves it again */
  join(scroller: Scroller): () => void {
    const follow = () => this.#follow(scroller);
    this.#scrollers.add(scroller);
    scroller.addEventListener("scroll", follow, { passive: true });
    return () => {
      this.#scrollers.delete(scroller);
      this.#put.delete(scroller);
      scroller.removeEventListener("scroll", follow);
    };
  }

  #follow(moved: Scroller): void {
    const { scrollLeft: left, scrollTop: top } = moved;
    const put = this.#put.get(moved);
    this.#put.delete(moved);
    if (put?.left === left && put.top === top) return;
    for (const other of this.#scrollers) {
      if (other === moved || other.scrollLeft === left && other.scrollTop === top) continue;
      other.scrollLeft = left;
      other.scrollTop = top;
      // It may be shorter: where it is now is what its event will say.
      this.#put.set(other, { left: other.scrollLeft, top: other.scrollTop });
    }
  }
}
