import { readSession, type Session } from './session.ts';
import { channel } from './storage.ts';

/** How long other tabs have for an answer. They answer at once, unless the browser has put them to sleep. */
const PATIENCE_MS = 250;

/** One page's way to those of the same origin that are open in other tabs. */
export interface OtherTabs {
  /** Asks for a session; of several, that of the tab which was last looked at. */
  ask(): Promise<Session | undefined>;
}

/**
 * Joins the tabs of this origin: answers those that ask with the session that is open here. Every page of the origin is ours,
 * and a session goes no further than it could by `sessionStorage`.
 */
export function joinTabs(current: () => Session | undefined): OtherTabs {
  const tabs = channel('postrider.portal');
  let seenAtMs = Date.now();
  addEventListener('focus', () => {
    seenAtMs = Date.now();
  });
  tabs?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const session = current();
    if (data === 'ask' && session !== undefined) tabs.postMessage({ session: JSON.stringify(session), seenAtMs });
  });
  return {
    ask: () =>
      new Promise((resolve) => {
        const answers: { session: Session; seenAtMs: number }[] = [];
        const hear = ({ data }: MessageEvent<unknown>) => {
          const answer = answerIn(data);
          if (answer !== undefined) answers.push(answer);
        };
        tabs?.addEventListener('message', hear);
        tabs?.postMessage('ask');
        setTimeout(
          () => {
            tabs?.removeEventListener('message', hear);
            resolve(answers.sort((a, b) => b.seenAtMs - a.seenAtMs)[0]?.session);
          },
          tabs === undefined ? 0 : PATIENCE_MS,
        );
      }),
  };
}

function answerIn(data: unknown): { session: Session; seenAtMs: number } | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const session = readSession(Reflect.get(data, 'session'), Date.now());
  const seenAtMs: unknown = Reflect.get(data, 'seenAtMs');
  return session && typeof seenAtMs === 'number' ? { session, seenAtMs } : undefined;
}
