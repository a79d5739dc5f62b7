import { PROMISES } from './checks/judge.ts';
import { type Outcome, simulate } from './simulation.ts';
import { START } from './world/world.ts';

const LINES_MAX = 400;

function sinceStart(at: number): string {
  const ms = at - START;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms / 1000) % 60];
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds.toFixed(3).padStart(6, '0')}`;
}

/** The command that reproduces a seed's failure. */
export const commandFor = (seed: number) => `npm run simulate -- --seeds 1 --from ${seed}`;

/** What broke, the command that reproduces it, and everything that happened to that delivery. Runs the seed again. */
export async function explain(seed: number): Promise<string> {
  const { violation, trace, profile } = await simulate(seed, { traced: true });
  if (violation === undefined) return `Seed ${seed} breaks no promise.`;
  const { promise, about, text, atMs } = violation;
  return [
    `Broken promise: ${promise} (${PROMISES[promise]})`,
    `  ${text}`,
    `  about ${about || 'the whole world'}, ${sinceStart(atMs)} after the start, seed ${seed} (${profile})`,
    `Again: ${commandFor(seed)}`,
    'What happened (hours:minutes:seconds since the start):',
    ...linesAbout(about, trace),
  ].join('\n');
}

function linesAbout(about: string, trace: Outcome['trace']): string[] {
  const [event = '', endpoint = ''] = about.split('/');
  const names = [about, event, endpoint].filter((name) => name !== '');
  const shown = trace.filter((entry) => names.length === 0 || entry.about.some((name) => names.includes(name)));
  return shown.slice(-LINES_MAX).map(({ at, text }) => `  ${sinceStart(at)}  ${text}`);
}
