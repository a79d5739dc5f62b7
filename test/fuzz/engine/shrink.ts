/** Plain characters. */
const PLAIN = 'a0';

/**
 * A shorter input that fails in the same way: removes ranges, longest first, as long as it still fails; then replaces
 * characters by plain ones.
 * @param fails whether an input fails in the same way.
 * @param trialsMax after which it is returned as it is.
 */
export async function shrink(
  input: string,
  fails: (input: string) => Promise<boolean>,
  trialsMax: number,
): Promise<string> {
  let best = input;
  let trials = 0;
  const accept = async (candidate: string): Promise<boolean> => {
    if (candidate === best || ++trials > trialsMax || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      if (!(await accept(best.slice(0, at) + best.slice(at + size)))) at += size;
    }
  }
  for (let at = 0; at < best.length; at++) {
    const left = best.slice(0, at);
    const right = best.slice(at + 1);
    if (!PLAIN.includes(best.charAt(at)) && !(await accept(`${left}a${right}`))) await accept(`${left}0${right}`);
  }
  return best;
}
