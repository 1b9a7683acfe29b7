/** Long work in pieces, between which the browser answers. */

const SLICE_MS = 8;

/** Run a generator to its end, letting the browser in between; null as soon as nobody wants the result. */
export async function paced<T>(work: Generator<undefined, T>, wanted: () => boolean): Promise<T | null> {
  let begin = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return wanted() ? step.value : null;
    if (performance.now() - begin < SLICE_MS) continue;
    await breath();
    if (!wanted()) return null;
    begin = performance.now();
  }
}

/** Let everything else have its turn; without the delay of nested timers. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
