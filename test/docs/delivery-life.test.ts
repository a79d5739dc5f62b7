import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEATH_REASONS, DISCARD_REASONS, TRANSITIONS, WAITING_FOR } from '../../core/deliveries/record.ts';

const page = readFileSync(new URL('../../docs/delivery-life.md', import.meta.url), 'utf8');

/** The arrows of the first diagram of the page. */
function drawn(): string[] {
  const [, picture = ''] = /```mermaid\n(.*?)```/s.exec(page) ?? [];
  return [...picture.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} -> ${to}`).sort();
}

describe('the page about the life of a delivery', () => {
  it('draws every change of status that the code allows, and no other', () => {
    const allowed = Object.entries(TRANSITIONS).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
    expect(drawn()).toEqual(allowed.sort());
  });

  it('explains every status', () => {
    for (const status of Object.keys(TRANSITIONS)) expect(page).toContain(`| \`${status}\``);
  });

  it.each([...DEATH_REASONS, ...DISCARD_REASONS, ...WAITING_FOR])('explains the reason %s', (reason) => {
    expect(page).toMatch(new RegExp(`^\\|[^|]*\`${reason}\`[^|]*\\|`, 'm'));
  });
});
