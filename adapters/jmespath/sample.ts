import { partsOf, type Tree } from './tree.ts';

/** Bytes of the envelope on which a new filter is tried: the largest that is sent inline in a message. */
const SAMPLE_BYTES = 64 * 1024;

/**
 * An envelope that exercises an expression: each name in the expression holds a list of objects with all of these names
 * again, with alternating texts and numbers.
 */
export function sampleEnvelope(tree: Tree): string {
  const names = [...namesIn(tree)].slice(0, 50);
  const leaf = (at: number) => (at % 2 === 0 ? at : `text ${at}`);
  const item = (at: number) => Object.fromEntries(names.map((name, place) => [name, leaf(at + place)]));
  const itemBytes = JSON.stringify(item(1_000)).length + 1;
  const inEach = Math.max(1, Math.floor(SAMPLE_BYTES / (itemBytes * Math.max(1, names.length))));
  const list = (first: number) => Array.from({ length: inEach }, (_, at) => item(first + at));
  const data =
    names.length === 0
      ? Array.from({ length: SAMPLE_BYTES / 4 }, (_, at) => 100 + (at % 900))
      : Object.fromEntries(names.map((name, at) => [name, list(at)]));
  const id = `evt_${'0'.repeat(26)}`;
  return JSON.stringify({ id, type: 'sample', timestamp: '2026-01-01T00:00:00.000Z', data });
}

function namesIn(tree: Tree, names = new Set<string>()): Set<string> {
  if (tree.kind === 'field') names.add(tree.name);
  for (const part of partsOf(tree)) namesIn(part, names);
  return names;
}
