import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CURRENT, fileOf, fileText, namesIn, VERSIONS } from './corpus.ts';
import { MESSAGES, type MessageKind, SCHEMAS } from './messages.ts';

/** Expects the file to hold the body, and what this version reads in it. */
async function expectFile(file: URL, kind: MessageKind, body: string): Promise<void> {
  const read = SCHEMAS[kind].parse(JSON.parse(body));
  await expect(fileText({ kind, body }, read)).toMatchFileSnapshot(file.pathname);
}

describe('this version sends and reads', () => {
  it.each(Object.entries(MESSAGES))('%s', async (name, { kind, send }) => {
    await expectFile(fileOf(CURRENT, 'messages', name), kind, await send());
  });

  it('every kind', () => {
    expect(new Set(Object.values(MESSAGES).map(({ kind }) => kind))).toEqual(new Set(Object.keys(SCHEMAS)));
  });
});

describe.each(VERSIONS)('this version reads what %s sent', (version) => {
  it.each(namesIn(version, 'messages'))('%s', async (name) => {
    const file = fileOf(version, 'messages', name);
    const { kind, body }: { kind: MessageKind; body: string } = JSON.parse(readFileSync(file, 'utf8'));
    await expectFile(file, kind, body);
  });
});
