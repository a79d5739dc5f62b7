import * as z from 'zod';

/** The parts of a V8 sampling profile that are used here. */
export const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.output<typeof cpuProfile>;

/** A name with its share of the busy time, from 0 to 1. */
export type Share = readonly [name: string, share: number];

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** Self time by the name that `nameOf` gives a frame, largest first; idle time does not count. */
export function selfTime(profile: CpuProfile, nameOf: (frame: Frame) => string): Share[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [index, sample] of profile.samples.entries()) {
    const frame = frames.get(sample);
    const deltaUs = profile.timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') continue;
    busy += deltaUs;
    const name = nameOf(frame);
    times.set(name, (times.get(name) ?? 0) + deltaUs);
  }
  return [...times].map(([name, us]) => [name, us / busy] as const).toSorted(([, a], [, b]) => b - a);
}

/** The npm package, the folder of this repository, or the part of Node that a frame belongs to. */
export function packageOf({ url, functionName }: Frame): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) return name;
  if (url.startsWith('node:')) return 'node';
  const [, folder] = /\/(core|adapters|lambdas|bench)\//.exec(url) ?? [];
  return folder ?? functionName;
}

/** A function with its package. */
export function functionOf(frame: Frame): string {
  const file = frame.url.split('/').slice(-2).join('/');
  return `${packageOf(frame)}  ${frame.functionName || '(anonymous)'}  ${file}:${frame.lineNumber + 1}`;
}
