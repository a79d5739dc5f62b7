import { expect, it } from 'vitest';
import { startReceiver } from '../../local/receiver/receiver.ts';
import { posted } from '../support/posted.ts';

const SHOWN = `whsec_${Buffer.alloc(32, 'shown').toString('base64')}`;
const TEXT = 'correct-horse-battery-staple';

it('the receiver of npm run receiver verifies with the endpoint secret, whatever its form', async () => {
  const secrets = [SHOWN, TEXT, 'another-secret', undefined];
  const receiver = await startReceiver({
    port: 0,
    plan: { answer: 204, failFirst: 0 },
    secretOf: async () => secrets.shift(),
    onReceived: () => {},
  });
  try {
    for (const secret of [SHOWN, TEXT, TEXT, TEXT]) {
      await fetch(receiver.url, { method: 'POST', ...posted('github', [secret]) });
    }
    expect(receiver.received.map(({ verdict }) => verdict)).toEqual(['verified', 'verified', 'refused', 'unchecked']);
  } finally {
    await receiver.close();
  }
});
