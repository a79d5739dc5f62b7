import * as z from 'zod';
import { answerParent } from '../../bench/process/child.ts';
import { addresses, DnsServer } from './dns-server.ts';

/** A name server in its own process: silent for names that begin with `hang`, and 127.0.0.1 for all others. */
const found = addresses('127.0.0.1');
const server = await DnsServer.start((question) => (question.name.startsWith('hang') ? 'silence' : found(question)));

answerParent({
  address: () => server.address,
  asked: (prefix) => {
    const start = z.string().parse(prefix);
    return new Set(server.asked.map(({ name }) => name).filter((name) => name.startsWith(start))).size;
  },
});
