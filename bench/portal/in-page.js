// What the bench runs in the portal's page, before anything else does.

const bench = {
  /** Every task for which the page answered nobody longer than 50 ms, in ms. */
  longTasks: [],

  /** Loads the open list to its end by its button, then scrolls through all of it and back. Returns the number of its rows. */
  async loadAll() {
    const button = () => [...document.querySelectorAll('.more button')].find((one) => one.textContent === 'Load more');
    const count = () => document.querySelectorAll('tbody tr').length;
    while (button() !== undefined) {
      const before = count();
      button().click();
      while (count() === before && button() !== undefined) await bench.nextFrame();
    }
    for (const step of [2_000, -2_000]) {
      for (let at = -1; at !== scrollY; ) {
        at = scrollY;
        scrollBy(0, step);
        await bench.nextFrame();
      }
    }
    return count();
  },

  /** How many ms it takes from now until there are rows of deliveries. */
  async untilDeliveries() {
    const began = performance.now();
    while (document.querySelector('table.deliveries tbody tr') === null) await bench.nextFrame();
    return performance.now() - began;
  },

  nextFrame: () => new Promise((resolve) => requestAnimationFrame(resolve)),
};

globalThis.bench = bench;
new PerformanceObserver((list) => bench.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
  type: 'longtask',
});
