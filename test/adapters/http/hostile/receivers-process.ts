import { createServer } from 'node:net';
import { constants, setPriority } from 'node:os';
import { answerParent } from '../../../../bench/process/child.ts';
import { HOSTILE_RECEIVERS } from './receivers.ts';

/** All hostile receivers of the tests in their own process, each at its own port. */

// Elsewhere their floods would not take the CPU of the function and of the healthy receiver.
setPriority(constants.priority.PRIORITY_LOW);

const urls = await Promise.all(
  Object.entries(HOSTILE_RECEIVERS).map(async ([name, { scheme, serve }]) => {
    const server = createServer((socket) => serve(socket.setNoDelay(true).on('error', () => {})));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
    return { name, url: `${scheme}://127.0.0.1:${address.port}/` };
  }),
);

answerParent({ urls: () => urls });
