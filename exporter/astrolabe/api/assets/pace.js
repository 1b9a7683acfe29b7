/** Repeats work when it is asked for, soon or late, but never so often that nothing else gets its turn. */

const SOON = 120;
const LATE = 3_000;
/** The share of time that the work may take is one part in so many. */
const REST = 5;

export class Pace {
  #work;
  #timer = 0;
  #due = Infinity;
  #free = 0;
  #busy = false;

  /** @param {() => Promise<void>} work what is done; one at a time */
  constructor(work) {
    this.#work = work;
  }

  /** @param {boolean} soon whether somebody waits for it */
  ask(soon) {
    this.#due = Math.min(this.#due, performance.now() + (soon ? SOON : LATE));
    this.#arm();
  }

  #arm() {
    if (this.#busy || this.#due === Infinity) return;
    window.clearTimeout(this.#timer);
    const at = Math.max(this.#due, this.#free);
    this.#timer = window.setTimeout(() => void this.#run(), Math.max(0, at - performance.now()));
  }

  async #run() {
    const start = performance.now();
    this.#due = Infinity;
    this.#busy = true;
    try {
      await this.#work();
    } finally {
      const end = performance.now();
      this.#busy = false;
      this.#free = end + REST * (end - start);
      this.#arm();
    }
  }
}
