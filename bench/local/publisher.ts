import { Agent, request } from 'node:http';
import * as z from 'zod';

const accepted = z.object({ id: z.string() });
const session = z.object({ url: z.url() });

/** The machine's monotonic clock in ms, which all processes share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Returns a function that publishes one event and returns its id, over kept-alive connections. */
export function createPublisher(apiUrl: string, key: string) {
  const agent = new Agent({ keepAlive: true });
  const call = (method: string, path: string, body: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const outgoing = request(new URL(path, apiUrl), { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  async function post(path: string, body: string, status: number): Promise<unknown> {
    const answer = await call('POST', path, body);
    if (answer.status !== status) throw new Error(`POST ${path} was answered ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text);
  }

  const create = async (path: string, body: string, status: number) =>
    accepted.parse(await post(path, body, status)).id;

  return {
    publish: (event: string) => create('/v1/events', event, 202),
    addEndpoint: (settings: object) => create('/v1/endpoints', JSON.stringify(settings), 201),
    /** The link that opens the portal. */
    startSession: async (settings: object) =>
      session.parse(await post('/v1/portal-sessions', JSON.stringify(settings), 201)).url,
    isHealthy: () =>
      call('GET', '/healthz', '').then(
        ({ status }) => status === 200,
        () => false,
      ),
    close: () => agent.destroy(),
  };
}

export type Publisher = ReturnType<typeof createPublisher>;
