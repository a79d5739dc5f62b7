import { type Target, TIME_MS, type Trait } from '../targets/target.ts';

/** A failure. */
export interface Fault {
  input: string;
  /** The same for inputs that fail in the same way. */
  kind: string;
  /** The error with its stack, or the exceeded limit. */
  report: string;
}

/** The kind of inputs that take too long. */
export const SLOW = 'slow';

export interface Attempt {
  fault?: Fault;
  trait?: Trait;
  /** How long it took. */
  ms: number;
}

/** Runs one input. */
export async function attempt(target: Target, input: string): Promise<Attempt> {
  const { timeMs = TIME_MS } = target;
  try {
    const first = await timed(target, input);
    // A busy machine is slow once; a slow input is slow again.
    if (first.ms <= timeMs || (await timed(target, input)).ms <= timeMs) return first;
    return { ms: first.ms, fault: { input, kind: SLOW, report: `Takes more than ${timeMs} ms.` } };
  } catch (error) {
    return { ms: 0, fault: { input, kind: kindOf(error), report: textOf(error) } };
  }
}

async function timed(target: Target, input: string): Promise<{ ms: number; trait: Trait }> {
  const began = performance.now();
  const checked = target.check(input);
  // An await costs more than a small parser does.
  const trait = checked instanceof Promise ? await checked : checked;
  return { ms: performance.now() - began, trait };
}

/** The first line without the parts that differ between inputs, and where it was thrown. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [line = ''] = error.message.split('\n');
  const frame = error.stack?.split('\n').find((one) => one.includes('file://')) ?? '';
  return `${error.name}: ${line.replaceAll(/["'`].*["'`]|\d+/g, '…').slice(0, 80)} ${frame.trim()}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
