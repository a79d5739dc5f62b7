/**
 * What the browser keeps of a tab, where it lets us: in the frame of another site, reading `sessionStorage` may throw (while
 * third-party storage is blocked), and so may a BroadcastChannel. Nothing here is needed for the page to work.
 */
export interface Kept {
  read(name: string): string | null;
  write(name: string, value: string): void;
  remove(name: string): void;
}

/** The tab's own storage; without it, nothing is kept beyond the page. */
export const kept: Kept = {
  read: (name) => allowed(() => sessionStorage.getItem(name)) ?? null,
  write: (name, value) => {
    allowed(() => sessionStorage.setItem(name, value));
  },
  remove: (name) => {
    allowed(() => sessionStorage.removeItem(name));
  },
};

/** A channel between the tabs of this origin; undefined where there is none. */
export const channel = (name: string): BroadcastChannel | undefined => allowed(() => new BroadcastChannel(name));

/** The result, or undefined where the browser forbids it, or has no room left. */
function allowed<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch (fault) {
    if (fault instanceof DOMException) return undefined;
    throw fault;
  }
}
