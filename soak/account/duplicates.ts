/** A POST that its receiver decided to answer with 2xx. Times in ms since the epoch, by the clock of this process. */
export interface Take {
  readonly arrivedMs: number;
  /** When the whole answer was handed to the operating system; undefined if the connection ended before that. */
  readonly answeredMs: number | undefined;
  /** When the answer was sent or the connection ended; undefined while the POST is open. */
  readonly endedMs: number | undefined;
}

/** An end of the product's process: a kill, or a crash. */
export interface Death {
  /** Just before the signal. */
  readonly atMs: number;
  /** When the process was gone. The next one starts after that. */
  readonly goneMs: number;
}

/**
 * Why a receiver that had accepted an event got it again:
 * - `open`: its POST was open when the product was killed. The product cannot know the answer, so it must repeat the POST.
 * - `recording`: the answer had just been sent. Reading and recording it takes a moment, which no product can avoid.
 * - `unrecorded`: the answer had been sent for longer, and the product had not recorded it.
 * - `late`: the answer took longer than the endpoint's timeout, so the product had given up.
 * - `unexplained`: none of these. The product repeated a POST whose answer it got.
 */
export const CAUSES = ['open', 'recording', 'unrecorded', 'late', 'unexplained'] as const;
export type Cause = (typeof CAUSES)[number];

/** A duplicate: one POST too many. */
export type Duplicate =
  | { readonly cause: 'open'; readonly death: Death }
  /** @property answeredForMs from the answer to the kill. */
  | { readonly cause: 'recording' | 'unrecorded'; readonly death: Death; readonly answeredForMs: number }
  | { readonly cause: 'late' }
  /** @property answeredForMs the same, undefined if there was no kill after it. */
  | { readonly cause: 'unexplained'; readonly answeredForMs: number | undefined };

/** An answer needs one round trip and one write to be recorded: a few milliseconds on a quiet machine. */
export const RECORDING_MS = 20;
/** On a busy machine it takes a few hundred. An answer that is not recorded after this time is not excused by a kill. */
const UNRECORDED_MS_MAX = 2_000;
/** What a process sent before its death is received this much later at most; the next one makes no POST as early. */
const RECEIVED_WITHIN_MS = 100;
/** The product measures its timeout from before the POST arrives, and a busy machine delays either side. */
const TIMEOUT_MARGIN_MS = 250;

/** The duplicates among the accepted POSTs of one event to one endpoint. Each has its cause in the POST before it. */
export function duplicatesIn(takes: readonly Take[], deaths: readonly Death[], timeoutMs: number): Duplicate[] {
  const inOrder = takes.toSorted((a, b) => a.arrivedMs - b.arrivedMs);
  return inOrder.slice(1).map((next, index) => causeOf(next, inOrder[index] ?? next, deaths, timeoutMs));
}

function causeOf(next: Take, before: Take, allDeaths: readonly Death[], timeoutMs: number): Duplicate {
  const { arrivedMs, answeredMs, endedMs = Number.POSITIVE_INFINITY } = before;
  const deaths = allDeaths.filter(({ goneMs }) => goneMs < next.arrivedMs);
  const during = deaths.find(({ atMs, goneMs }) => arrivedMs <= goneMs + RECEIVED_WITHIN_MS && endedMs > atMs);
  if (during !== undefined) return { cause: 'open', death: during };
  if (Math.min(endedMs, next.arrivedMs) - arrivedMs > timeoutMs - TIMEOUT_MARGIN_MS) return { cause: 'late' };
  const death = deaths.find(({ atMs }) => endedMs <= atMs);
  if (death === undefined || answeredMs === undefined) return { cause: 'unexplained', answeredForMs: undefined };
  const answeredForMs = death.atMs - answeredMs;
  if (answeredForMs > UNRECORDED_MS_MAX) return { cause: 'unexplained', answeredForMs };
  return { cause: answeredForMs <= RECORDING_MS ? 'recording' : 'unrecorded', death, answeredForMs };
}
